"""Loops of a recogniser are cut and told; what people repeat stays."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videobatch.pipeline.words.loops import cut_loops, loop_remarks
from videobatch.records import RemarkCode, Utterance, Word

WHO = "openai whisper-1"


def _said(*texts: str, each_s: Sequence[float] = (1.9, 2.3, 2.1, 1.7)) -> list[Utterance]:
    found: list[Utterance] = []
    at_s = 0.0
    for place, text in enumerate(texts):
        end_s = at_s + each_s[place % len(each_s)]
        found.append(Utterance(round(at_s, 2), round(end_s, 2), text))
        at_s = end_s
    return found


def _texts(utterances: Sequence[Utterance]) -> list[str]:
    return [each.text for each in utterances]


PHRASE = "The water flows into the lower basin."
LOOPED = " ".join([PHRASE] * 104)


@pytest.mark.parametrize(
    ("name", "utterances", "left"),
    [
        (
            "over 104 statements",
            _said("Before.", *[PHRASE] * 104, "Behind."),
            ["Before.", PHRASE, "Behind."],
        ),
        ("in one statement", [Utterance(10.0, 40.0, LOOPED)], [PHRASE.rstrip(".") + "."]),
        (
            "between other words",
            [Utterance(0.0, 60.0, f"We begin. {LOOPED} And so we end.")],
            [f"We begin. {PHRASE} And so we end."],
        ),
        (
            "of two statements in turn",
            _said(*["Thank you.", "Thanks for watching!"] * 20),
            ["Thank you.", "Thanks for watching!"],
        ),
        (
            "as even as no person speaks",
            _said("So.", *["Please subscribe to the channel."] * 12, each_s=(2.0,)),
            ["So.", "Please subscribe to the channel."],
        ),
        (
            "faster than anybody speaks",
            [Utterance(0.0, 3.0, " ".join(["I do not know"] * 10))],
            ["I do not know"],
        ),
        ("of one word", _said(" ".join(["you"] * 60)), ["you"]),
        (
            "in Chinese",
            [Utterance(0.0, 30.0, "大家好。" + "谢谢观看，" * 40)],
            ["大家好。谢谢观看"],
        ),
        (
            "with other signs and letters",
            _said(*["Thank you!", "thank you", "Thank you."] * 8),
            ["Thank you!"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_loop_is_cut_to_one_phrase_and_told(
    name: str, utterances: list[Utterance], left: list[str]
) -> None:
    kept, gaps = cut_loops(utterances, WHO)
    assert [text.rstrip("，") for text in _texts(kept)] == left
    (gap,) = gaps
    assert utterances[0].start_s <= gap.start_s <= gap.end_s <= utterances[-1].end_s
    (remark,) = loop_remarks(gaps)
    assert remark.code is RemarkCode.LOOP
    assert WHO in remark.message
    assert "times in a row" in remark.message


def test_the_loop_of_the_report() -> None:
    text = LOOPED.encode()
    assert len(text) / len(zlib.compress(text)) > 14
    _, (gap,) = cut_loops(_said(*[PHRASE] * 104), WHO)
    assert "104 times" in gap.why


SONG = ["Row, row, row your boat", "gently down the stream", "merrily, merrily, merrily, merrily"]


@pytest.mark.parametrize(
    ("name", "utterances"),
    [
        ("no, no, no", _said("No, no, no, no, no, no! Not there.")),
        ("laughter", _said("Ha ha ha ha ha ha ha ha ha ha.", "哈哈哈哈哈哈哈哈哈哈")),
        ("a chorus", _said(*SONG * 5)),
        ("na na na", _said("Na na na nananana, nananana, hey Jude", "Na na na na na na na na na")),
        ("a mantra of a lesson", _said(*["I speak slowly and clearly."] * 10)),
        ("repeat after me", _said(*["Repeat after me.", "Ich heiße Anna."] * 7)),
        ("counting", _said("One, two, three, four.", "One, two, three, four.", "And rest.")),
        ("a list", _said(*[f"Item number {n}: a screw and a nut" for n in range(40)])),
        ("a table", _said(*[f"{n} times seven is {7 * n}" for n in range(30)])),
        ("digits", _said("The number is 1 0 0 0 0 0 0 0 0 0 1")),
        ("a ticking clock", _said("Tick tock tick tock tick tock tick tock tick tock")),
        ("short answers", _said(*["Yes.", "Is it done?", "Yes.", "Really?", "Yes."] * 4)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_people_repeat_stays(name: str, utterances: list[Utterance]) -> None:
    kept, gaps = cut_loops(utterances, WHO)
    assert list(kept) == utterances
    assert gaps == ()


def test_two_loops_and_the_speech_between_them() -> None:
    utterances = _said(*["Thank you very much."] * 30, "Now we look at the roots.", *["Bye."] * 40)
    kept, gaps = cut_loops(utterances, WHO)
    assert _texts(kept) == ["Thank you very much.", "Now we look at the roots.", "Bye."]
    assert len(gaps) == 2
    assert gaps[0].end_s <= gaps[1].start_s


@pytest.mark.parametrize(
    ("before", "phrase", "after"),
    [
        ("We begin here.", "Thank you very much.", "And so we end."),
        ("So,", "the water flows", ""),
        ("", "Thank you very much.", "And so we end."),
    ],
)
def test_words_go_with_the_loop(before: str, phrase: str, after: str) -> None:
    texts = " ".join([before, *[phrase] * 30, after]).split()
    words = tuple(Word(n * 0.3, n * 0.3 + 0.25, text, 0.5) for n, text in enumerate(texts))
    said = Utterance(0, words[-1].end_s, " ".join(texts), words=words)
    (kept,), (gap,) = cut_loops([said], WHO)
    assert [word.text.strip(".,") for word in kept.words] == [
        word.strip(".,") for word in kept.text.split()
    ]
    assert set(kept.words) <= set(words)
    first = len(f"{before} {phrase}".split())
    assert gap.start_s == words[first - 1].end_s
    assert kept.words[first - 1] == words[first - 1]
    if after:
        assert kept.words[-1] == words[-1]


def test_words_that_are_not_those_of_the_text_go() -> None:
    words = (Word(0, 1, "something"), Word(1, 2, "else"))
    (kept,), _ = cut_loops([Utterance(0, 60, f"We begin. {LOOPED}", words=words)], WHO)
    assert (kept.text, kept.words) == (f"We begin. {PHRASE}", ())


WORDS = st.lists(
    st.sampled_from(["a", "bee", "见", "No.", "one,", "…", "-", "two three"]), max_size=60
)


@given(st.lists(WORDS, max_size=12), st.integers(1, 40))
@settings(max_examples=80, deadline=None)
def test_nothing_is_made_up_and_all_stays_in_order(lines: list[list[str]], times: int) -> None:
    utterances = _said(*[" ".join(line * (times if len(line) < 3 else 1)) for line in lines])
    kept, gaps = cut_loops(utterances, WHO)
    assert all(each.start_s <= each.end_s for each in kept)
    assert [each.start_s for each in kept] == sorted(each.start_s for each in kept)
    assert all(gap.start_s <= gap.end_s for gap in gaps)
    words = {word for each in utterances for word in each.text.split()}
    assert sum(len(each.text) for each in kept) <= sum(len(each.text) for each in utterances)
    if not gaps:
        assert list(kept) == utterances
    assert {w.strip(",.") for e in kept for w in e.text.split()} <= {w.strip(",.") for w in words}
