"""The sentence that answers a query, its second, and the words in it."""

from __future__ import annotations

import pytest

from videobatch.search.moments import MOST_CHARS, moment
from videobatch.search.query import parse
from videobatch.search.records import Mark

TEXT = "So much for that. A hash table has boxes. 我們講機器學習。ﬁne Café"
MARKS = (Mark(0, 1.0), Mark(18, 5.5), Mark(42, None), Mark(50, 9.0))


@pytest.mark.parametrize(
    ("words", "sentence", "at_s", "marked"),
    [
        (["hash", "boxes"], "A hash table has boxes.", 5.5, ["hash", "boxes"]),
        (['"hash table"', "hash"], "A hash table has boxes.", 5.5, ["hash table"]),
        (["机器学习"], "我們講機器學習。", None, ["機器學習"]),
        (["机"], "我們講機器學習。", None, ["機"]),
        (["FINE", "cafe"], "ﬁne Café", 9.0, ["ﬁne", "Café"]),
        (["ta*"], "A hash table has boxes.", 5.5, ["table"]),
        (["that", "hash", "table"], "A hash table has boxes.", 5.5, ["hash", "table"]),
        # A phrase may lie across the end of a sentence.
        (["that a"], "So much for that. A hash table has boxes.", 1.0, ["that. A"]),
        (["nowhere"], "So much for that.", 1.0, []),
    ],
)
def test_the_sentence_with_most_of_the_words_is_shown(
    words: list[str], sentence: str, at_s: float | None, marked: list[str]
) -> None:
    found = moment(TEXT, MARKS, parse(words).wanted)
    assert (found.text, found.at_s) == (sentence, at_s)
    assert [found.text[begin:end] for begin, end in found.marks] == marked


def test_a_long_sentence_is_cut_around_the_first_word() -> None:
    text = " ".join(f"w{n}" for n in range(400)) + " needle " + "x " * 300
    found = moment(text, (Mark(0, 0.0), Mark(1_000, 7.0)), parse(["needle"]).wanted)
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert len(found.text) <= MOST_CHARS + 2
    assert [found.text[begin:end] for begin, end in found.marks] == ["needle"]
    assert found.at_s == 7.0


def test_a_line_of_a_slide_stands_alone() -> None:
    found = moment("Title of it\nhash table\nnext", (Mark(0, 3.0),), parse(["table"]).wanted)
    assert (found.text, found.words) == ("hash table", ("hash", "table"))
