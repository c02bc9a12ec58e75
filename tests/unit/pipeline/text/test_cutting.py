"""Whole sentences, from parts and cues that begin and end anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.pipeline.text.cutting import MOST_CHARS, PAUSE_S, pieces, sentences
from videobatch.records import Utterance, Word


def lines_of(*texts: str, step_s: float = 4.0, speaker: str | None = None) -> list[Utterance]:
    return [
        Utterance(i * step_s, (i + 1) * step_s, text, speaker=speaker)
        for i, text in enumerate(texts)
    ]


def cut(*texts: str) -> list[str]:
    return [line.text for line in sentences(lines_of(*texts))]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["The tide rises. It falls", "again at night."],
         ["The tide rises.", "It falls again at night."]),
        (["Ask Dr.", "Smith of St. Ives. He knows."], ["Ask Dr. Smith of St. Ives.", "He knows."]),
        (["It is 3.5 metres high, e.g. in a bay."], ["It is 3.5 metres high, e.g. in a bay."]),
        (["See Fig. 3 and No. 4. Then go on."], ["See Fig. 3 and No. 4.", "Then go on."]),
        (["It is divided by B. The result is J. Smith's."],
         ["It is divided by B.", "The result is J. Smith's."]),
        (["She lives in the U.S. He does not."], ["She lives in the U.S. He does not."]),
        (["J. R. Jones wrote it. It is long."], ["J. R. Jones wrote it.", "It is long."]),
        (["Boats, nets etc. are kept here."], ["Boats, nets etc. are kept here."]),
        (["Is it deep? No! It is not."], ["Is it deep?", "No!", "It is not."]),
        (["\"Is it deep?\" he asked. Nobody knew."],
         ["\"Is it deep?\" he asked.", "Nobody knew."]),
        (["Wait... what is this? A bay."], ["Wait... what is this?", "A bay."]),
        (["1. Water. 2. Salt."], ["1. Water.", "2. Salt."]),
        (["今天讲水。水是什么？水", "是一种液体。"],
         ["今天讲水。", "水是什么？", "水是一种液体。"]),
        (["他说“好。”然后走了。"], ["他说“好。”", "然后走了。"]),
        (["No mark at the end"], ["No mark at the end"]),
        ([], []),
    ],
)  # fmt: skip
def test_sentences_are_whole(texts: list[str], expected: list[str]) -> None:
    assert cut(*texts) == expected


def test_a_sentence_has_the_times_of_its_words() -> None:
    words = (Word(0.2, 0.5, "It"), Word(0.5, 1.0, "rises."), Word(2.4, 2.6, "It"))
    heard = [
        Utterance(0.0, 3.0, "It rises. It", 0.9, words=words),
        Utterance(3.0, 4.0, "falls.", 0.5, words=(Word(3.1, 3.8, "falls."),)),
    ]
    found = list(sentences(heard))
    assert [(s.start_s, s.end_s, s.text) for s in found] == [
        (0.2, 1.0, "It rises."),
        (2.4, 3.8, "It falls."),
    ]
    assert found[0].confidence == 0.9
    assert found[1].confidence == pytest.approx((2 * 0.9 + 6 * 0.5) / 8)


def test_without_times_of_words_a_sentence_has_its_share() -> None:
    first, second = sentences([Utterance(10, 20, "It rises. It falls.")])
    assert first.start_s == 10
    assert first.end_s == pytest.approx(10 + 10 * 9 / 19)
    assert second.start_s == pytest.approx(10 + 10 * 10 / 19)
    assert second.end_s == 20


def test_words_of_another_text_are_not_used() -> None:
    line = Utterance(0, 8, "The tide rises.", words=(Word(6, 7, "tied"), Word(7, 8, "rises.")))
    assert pieces(line)[0].start_s == 0
    assert [piece.text for piece in pieces(line)] == ["The", "tide", "rises."]


def test_nothing_goes_across_speakers_and_long_pauses() -> None:
    lines = [
        Utterance(0, 1, "When the tide", speaker="Ann"),
        Utterance(1, 2, "is high.", speaker="Bob"),
        Utterance(2 + PAUSE_S, 6, "we swim.", speaker="Bob"),
    ]
    assert [(s.speaker, s.text) for s in sentences(lines)] == [
        ("Ann", "When the tide"),
        ("Bob", "is high."),
        ("Bob", "we swim."),
    ]


def test_what_has_no_end_is_cut_at_a_pause() -> None:
    lines = lines_of("One mark is here.", *["and the water goes on and on"] * 30)
    lines = [u if i < 9 else Utterance(u.start_s + 1, u.end_s + 1, u.text)
             for i, u in enumerate(lines)]  # fmt: skip
    found = list(sentences(lines))
    assert all(len(s.text) <= MOST_CHARS for s in found)
    assert lines[9].start_s in {s.start_s for s in found}


@given(
    st.lists(
        st.text(st.sampled_from("abC .?!,。水” 1"), min_size=1, max_size=30).filter(str.strip),
        max_size=12,
    )
)
def test_every_word_is_in_one_sentence_in_order(texts: list[str]) -> None:
    lines = lines_of(*(" ".join(text.split()) for text in texts))
    found = list(sentences(lines))
    said = "".join("".join(line.text.split()) for line in lines)
    assert "".join("".join(s.text.split()) for s in found) == said
    assert [s.start_s for s in found] == sorted(s.start_s for s in found)
    assert all(s.start_s <= s.end_s for s in found)
