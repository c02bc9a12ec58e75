"""Speech in stretches of half a minute, slides, and transcripts that are no such thing."""

from __future__ import annotations

from typing import Any

import pytest

from videobatch.search.passages import sentences, slides, spoken
from videobatch.search.records import Mark

Said = tuple[float, float, str]


def passages(*said: Said) -> list[tuple[str, tuple[Mark, ...]]]:
    rows = [{"start_s": a, "end_s": b, "text": text} for a, b, text in said]
    return [(each.text, each.marks) for each in spoken({"utterances": rows}, "t.json")]


def test_a_passage_ends_with_a_sentence_after_twenty_seconds() -> None:
    found = passages(
        (0, 12, "One begins"), (12, 19, "and ends."), (19, 25, "Two, and"), (25, 30, "more."),
        (30, 33, "Three."),
    )  # fmt: skip
    assert found == [
        ("One begins and ends. Two, and more.", tuple(map(Mark, (0, 11, 21, 30), (0, 12, 19, 25)))),
        ("Three.", (Mark(0, 30.0),)),
    ]


def test_speech_without_sentences_is_cut_where_both_sides_have_the_words() -> None:
    said = [(10.0 * n, 10.0 * n + 10, f"word{n} word{n}b") for n in range(6)]
    texts = [text for text, _ in passages(*said)]
    assert texts[0].endswith("word3b")
    assert texts[1].startswith("word3 word3b word4")
    assert all(any(phrase in text for text in texts) for phrase in ("word3b word4", "word2b word3"))


def test_chinese_is_joined_without_spaces() -> None:
    assert passages((0, 1, "机器"), (1, 2, "学习。"), (2, 3, "AI")) == [
        ("机器学习。 AI", (Mark(0, 0.0), Mark(2, 1.0), Mark(6, 2.0)))
    ]


def test_a_long_utterance_has_a_time_for_each_sentence() -> None:
    text = "This is a sentence of some length. " * 20
    found = passages((100, 200, text))
    marks = [mark for _, own in found for mark in own]
    assert len(marks) == 20
    assert [mark.at_s for mark in marks] == sorted(mark.at_s or 0 for mark in marks)
    assert marks[0].at_s == 100
    assert marks[10].at_s == pytest.approx(150, abs=1)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("A b. C d? E", ["A b. ", "C d? ", "E"]),
        ("版本3.5很好。对吗？「对。」好", ["版本3.5很好。", "对吗？", "「对。」", "好"]),
        ('He said "no." Then 2.5', ['He said "no." ', "Then 2.5"]),
        ("", []),
    ],
)
def test_sentences_make_up_the_text(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts
    assert "".join(parts) == text


def test_a_slide_is_a_passage_and_its_margin_counts_once() -> None:
    def slide(at_s: float, *lines: tuple[str, str]) -> dict[str, Any]:
        rows = [{"text": text, "kind": kind} for text, kind in lines]
        return {"start_s": at_s, "still": f"{at_s}.jpg", "lines": rows}

    margin = ("University of X", "margin")
    found = list(
        slides({"slides": [
            slide(1, ("Title", "title"), ("body", "text"), margin),
            slide(9, ("body two", "text"), margin), slide(20, margin),
        ]})
    )  # fmt: skip
    assert [each.text for each in found] == ["Title\nbody\nUniversity of X", "body two"]
    assert [each.marks[0].at_s for each in found] == [1, 9]
    assert found[0].source == "1.jpg"


@pytest.mark.parametrize(
    "row",
    [None, 3, [], {}, {"text": 3, "start_s": 1}, {"text": "x", "start_s": "1"},
     {"text": "x", "start_s": float("nan")}, {"text": "x", "start_s": -1},
     {"text": "x", "start_s": True}, {"text": " \n", "start_s": 1}],
)  # fmt: skip
def test_what_is_no_utterance_is_passed_over(row: Any) -> None:
    said = {"start_s": 5, "end_s": None, "text": "here \ud800 it\nis"}
    found = list(spoken({"utterances": [row, said, row]}, "t.json"))
    assert [(each.text, each.marks) for each in found] == [("here ? it is", (Mark(0, 5.0),))]
    assert not list(spoken({"utterances": row}, "t.json"))
    assert not list(slides({"slides": [row, {"lines": row}]}))
