"""Cues that hold all rules, or the rule that is named yields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.words.cues.making import Cue, cues_of
from videobatch.pipeline.words.cues.rules import (
    GAP_MS,
    LEAST_MS,
    LINES,
    LINGER_MS,
    MOST_MS,
    SHORTEST_MS,
    extent,
    line_limit,
    reading_ms,
)
from videobatch.records import Utterance, Word

NUMBERED = re.compile(r"w\d+w")
SLACK_MS = 2

MARKS = ("", "", ",", ".", "。")
names = st.sampled_from([None, None, "Anna", "安娜" * 20, "A very long name " * 3])


def steps(marks: tuple[str, ...]) -> st.SearchStrategy[tuple[float, float, str]]:
    return st.tuples(st.floats(0, 3), st.floats(0, 1.5), st.sampled_from(marks))


@st.composite
def spoken(draw: st.DrawFn, *, is_joined: bool, marks: tuple[str, ...] = MARKS) -> list[Utterance]:
    """Utterances of numbered words, one after the other or (not `is_joined`) at any time."""
    found: list[Utterance] = []
    at_s, number = 0.0, 0
    for _ in range(draw(st.integers(1, 5))):
        at_s = at_s if is_joined else draw(st.floats(0, 30))
        words: list[Word] = []
        for pause_s, length_s, mark in draw(st.lists(steps(marks), min_size=1, max_size=40)):
            start_s = round(at_s + pause_s, 2)
            at_s = round(start_s + length_s, 2)
            words.append(Word(start_s, at_s, f"w{number}w{mark}", 0.5))
            number += 1
        text = " ".join(word.text for word in words)
        kept = tuple(words) if draw(st.booleans()) else ()
        found.append(Utterance(words[0].start_s, at_s, text, None, draw(names), kept))
    return found


def check_form(cues: Sequence[Cue], gap_ms: int = GAP_MS) -> None:
    for cue in cues:
        assert SHORTEST_MS <= cue.end_ms - cue.start_ms <= MOST_MS
        assert 1 <= len(cue.lines) <= LINES
        _, is_wide = extent("".join(cue.lines))
        for line in cue.lines:
            assert line == line.strip() != ""
            assert (extent(line)[0] if is_wide else len(line)) <= line_limit(is_wide)
    for one, other in pairwise(cues):
        assert one.end_ms + gap_ms <= other.start_ms


def text_of(cue: Cue) -> str:
    return " ".join(cue.lines).removeprefix(cue.label)


@given(spoken(is_joined=False, marks=(*MARKS, "学")), st.booleans())
def test_each_word_stands_once_and_in_its_order(said: list[Utterance], is_authored: bool) -> None:
    cues = cues_of(said, is_authored=is_authored)
    check_form(cues, 0 if is_authored else GAP_MS)
    shown = NUMBERED.findall(" ".join(map(text_of, cues)))
    assert sorted(shown) == sorted(NUMBERED.findall(" ".join(each.text for each in said)))
    for each in said:
        own = NUMBERED.findall(each.text)
        assert [word for word in shown if word in own] == own
    starts_ms = {
        name: word.start_s * 1000
        for each in said
        for word, name in zip(each.words, NUMBERED.findall(each.text), strict=False)
    }
    for cue in cues:
        for name in NUMBERED.findall(text_of(cue))[:1]:
            assert cue.start_ms >= starts_ms.get(name, 0) - SLACK_MS


@given(spoken(is_joined=True))
def test_a_rule_yields_only_where_there_is_no_time(said: list[Utterance]) -> None:
    said = [each for each in said if each.words]
    ends_ms = {
        name: word.end_s * 1000
        for each in said
        for word, name in zip(each.words, NUMBERED.findall(each.text), strict=True)
    }
    cues = cues_of(said)
    for place, cue in enumerate(cues):
        said_ms = ends_ms[NUMBERED.findall(text_of(cue))[-1]]
        shown_ms = cue.end_ms - cue.start_ms
        # Gone soon after its speech; a word that is very short, and what follows one, may be late.
        assert cue.end_ms <= max(said_ms + LINGER_MS, cue.start_ms + LEAST_MS) + SLACK_MS
        is_followed = place + 1 < len(cues) and cues[place + 1].start_ms - cue.end_ms <= GAP_MS
        assert shown_ms >= LEAST_MS or is_followed
        need_ms = reading_ms(*extent(" ".join(cue.lines)))
        assert (
            shown_ms >= min(need_ms, MOST_MS) - SLACK_MS
            or is_followed
            or cue.end_ms >= said_ms + LINGER_MS - SLACK_MS
        )


texts = st.builds(
    lambda pause, length, text, name: (pause, length, text, name),
    st.floats(0, 5), st.floats(0, 100), st.text(max_size=300), names,
)  # fmt: skip


@given(st.lists(texts, max_size=6), st.booleans())
def test_any_text_is_shown_whole(
    found: list[tuple[float, float, str, str | None]], is_authored: bool
) -> None:
    at_s, said = 0.0, []
    for pause_s, length_s, text, name in found:
        said.append(Utterance(at_s + pause_s, at_s + pause_s + length_s, text, None, name))
        at_s += pause_s + length_s
    cues = cues_of(said, is_authored=is_authored)
    check_form(cues, 0 if is_authored else GAP_MS)
    shown = "".join(text_of(cue) for cue in cues)
    assert shown.replace(" ", "") == "".join(plain(u.text) for u in said).replace(" ", "")


def words(text: str, start_s: float = 0.0, each_s: float = 0.4) -> Utterance:
    """The text said at one pace; `_` is a pause of a word's length."""
    found, at_s = [], start_s
    for word in text.split():
        if word != "_":
            found.append(Word(round(at_s, 2), round(at_s + each_s, 2), word))
        at_s += each_s
    said = " ".join(word.text for word in found)
    return Utterance(found[0].start_s, found[-1].end_s, said, words=tuple(found))


def shown(cues: Sequence[Cue]) -> list[str]:
    return ["|".join(cue.lines) for cue in cues]


def test_sentences_that_a_recogniser_broke_are_whole_again() -> None:
    said = [
        words("When you turn the handlebar to the right, the front wheel", 0.0),
        words("moves to the left. Then the bicycle leans.", 4.4),
    ]
    assert shown(cues_of(said)) == [
        "When you turn the handlebar to the right,|the front wheel moves to the left.",
        "Then the bicycle leans.",
    ]


def test_a_cue_goes_when_its_speech_has_ended() -> None:
    cues = cues_of([words("Ask what you can do for your country.", 1.0), words("Next.", 30.0)])
    assert [(cue.start_ms, cue.end_ms) for cue in cues] == [(1000, 4200), (30000, 31000)]


def test_fast_speech_is_shown_a_little_longer() -> None:
    (cue,) = cues_of([words("Unbelievably extraordinary circumstances.", 0.0, 0.3)])
    assert (cue.start_ms, cue.end_ms) == (0, 900 + LINGER_MS)


def test_cues_of_an_author_stay_as_they_are() -> None:
    said = [Utterance(0, 0.5, "No. Never."), Utterance(0.5, 3, "One. Two. Three"),
            Utterance(3, 12, "and four.")]  # fmt: skip
    cues = cues_of(said, is_authored=True)
    assert shown(cues) == ["No. Never.", "One. Two. Three", "and four."]
    times = [(cue.start_ms, cue.end_ms) for cue in cues]
    assert times == [(0, 500), (500, 3000), (3000, 10000)]


def test_two_voices_at_once_come_one_after_the_other() -> None:
    said = [Utterance(0, 4, "A long and winding answer to a short question.", speaker="Anna"),
            Utterance(0, 4, "Yes, yes.", speaker="Bob")]  # fmt: skip
    first, second = cues_of(said, is_authored=True)
    assert (first.start_ms, first.label, second.label) == (0, "Anna:", "Bob:")
    assert second.start_ms >= first.end_ms >= 2000
    assert second.end_ms == 4000


def test_chinese_is_cut_at_its_own_marks_and_width() -> None:
    text = "当你把车把向右转的时候，前轮会向左移动。然后自行车向右倾斜，骑车的人就不会摔倒了。"
    cues = cues_of([Utterance(0, 9, text)])
    assert shown(cues) == [
        "当你把车把向右转的时候，|前轮会向左移动。",
        "然后自行车向右倾斜，|骑车的人就不会摔倒了。",
    ]
    assert cues[0].start_ms == 0
    assert cues[1].end_ms <= 9000 + LINGER_MS


def test_chinese_utterances_are_joined_without_a_space_behind_punctuation() -> None:
    said = [Utterance(0, 1, "你好，"), Utterance(1, 3, "我是安娜 "), Utterance(3, 5, "他是鲍勃。")]
    assert shown(cues_of(said)) == ["你好，我是安娜 他是鲍勃。"]
