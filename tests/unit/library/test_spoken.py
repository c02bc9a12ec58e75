"""A transcript is read whatever stands in it."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.pipeline.text.test_markdown import HOSTILE
from videobatch.library.spoken import MOST_CHARS, SILENCE, Line, read_spoken
from videobatch.pipeline.words.transcript_file import to_json
from videobatch.records import (
    Box,
    Gap,
    LineKind,
    SlideLine,
    SlideText,
    Transcript,
    Utterance,
    Word,
)

SAID = Utterance(1.5, 3.0, "Hello there.", 0.9, "Ann", (Word(1.5, 2.0, "Hello"),))
LATER = Utterance(9.0, 11.0, "Bye.")
TRANSCRIPT = Transcript("en", "whisper base", (SAID, LATER), True, (Gap(3.0, 9.0, "gpt", "cut"),))
SLIDE = SlideText(
    4.0, 8.0, "00h00m08s000-aa.jpg", (SlideLine("Sets", Box(0, 0, 9, 9), 0.9, LineKind.TITLE),)
)


def test_lines_and_gaps_stand_in_the_order_of_time() -> None:
    spoken = read_spoken(to_json(TRANSCRIPT, (SLIDE,), title="Sets").encode())
    assert spoken.lines == (
        Line(1.5, 3.0, "Hello there.", "Ann"),
        Line(3.0, 9.0, "", None, "gpt: cut"),
        Line(9.0, 11.0, "Bye."),
    )
    assert (spoken.language, spoken.source, spoken.is_rough) == ("en", "whisper base", True)
    (slide,) = spoken.slides
    assert (slide.start_s, slide.still, slide.title) == (4.0, SLIDE.still, "Sets")


def test_a_surrogate_of_subtitles_costs_nobody_the_transcript() -> None:
    odd = Transcript("en", "subtitles", (Utterance(0.0, 1.0, "a \udcff b"),))
    (line,) = read_spoken(to_json(odd).encode()).lines
    assert line.text == "a \ufffd b"


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_words_stay_words(text: str) -> None:
    content = json.dumps({"utterances": [{"start_s": 0, "end_s": 1, "text": f"a {text}"}]})
    (line,) = read_spoken(content.encode()).lines
    kinds = {unicodedata.category(char) for char in line.text}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
    assert len(line.text) <= MOST_CHARS
    if "<" in text or "[" in text:
        assert "<" in line.text or "[" in line.text


@pytest.mark.parametrize(
    "row",
    [
        {"start_s": -1, "end_s": 1, "text": "a"},
        {"start_s": "x", "end_s": 1, "text": "a"},
        {"start_s": 1e300, "end_s": 1, "text": "a"},
        {"start_s": float("nan"), "end_s": 1, "text": "a"},
        {"start_s": float("inf"), "end_s": 1, "text": "a"},
        {"start_s": 1, "end_s": 2, "text": 7},
        {"start_s": 1, "end_s": 2},
        {"start_s": 1, "end_s": 2, "text": " \x00 "},
        "a",
        None,
        [],
    ],
)
def test_an_entry_that_is_none_is_left_out(row: object) -> None:
    good = {"start_s": 2, "end_s": 3, "text": "b"}
    content = json.dumps({"utterances": [row, good], "gaps": [row], "slides": row})
    assert [line.text for line in read_spoken(content.encode()).lines if line.text] == ["b"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"[" * 100_000, b"{}"])
def test_a_file_that_is_none_has_no_words(content: bytes) -> None:
    assert read_spoken(content) == SILENCE


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["utterances", "gaps", "slides", "start_s", "end_s", "text", "still"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(VALUES)
def test_nothing_in_it_raises(value: object) -> None:
    spoken = read_spoken(json.dumps(value).encode())
    starts = [line.start_s for line in spoken.lines]
    assert starts == sorted(starts)
