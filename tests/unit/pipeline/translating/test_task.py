"""Stretches of a fixed size, and lines that are to be translated."""

from __future__ import annotations

import pytest

from videobatch.pipeline.translating.task import (
    MOST_LINES,
    MOST_TOKENS,
    Line,
    answer_tokens,
    is_foreign,
    is_partly_foreign,
    stretches,
)


def lines(count: int, text: str = "The water is cold.") -> list[Line]:
    return [Line(number, text) for number in range(1, count + 1)]


def test_stretches_hold_all_lines_in_order_and_are_bounded() -> None:
    said = lines(2 * MOST_LINES + 5)
    found = list(stretches(said, 100_000))
    assert [len(each) for each in found] == [MOST_LINES, MOST_LINES, 5]
    assert [line for each in found for line in each] == said
    long = list(stretches(lines(50, "word " * 100), 100_000))
    assert all(sum(line.tokens for line in each) <= MOST_TOKENS for each in long)
    assert list(stretches([], 100_000)) == []


def test_a_small_model_is_asked_for_less_at_once() -> None:
    found = list(stretches(lines(100), 4_000))
    assert len(found) > 1
    assert all(sum(line.tokens for line in x) + answer_tokens(x) < 4_000 for x in found)


@pytest.mark.parametrize(
    ("text", "language", "spoken", "is_it"),
    [
        ("The water is cold.", "zh", "en", True),
        ("水很冷。", "zh", "en", False),
        ("水は冷たいです。", "zh", None, True),
        ("我们用 gradient descent 来算", "zh", None, False),
        ("1984 …", "zh", "en", False),
        ("♪", "zh", None, False),
        ("水很冷。", "en", "zh", True),
        ("The water is cold.", "en", "en", False),
        ("L'eau est froide.", "en", "fr", True),
        ("The water is cold.", "en", None, False),
    ],
)
def test_only_what_is_in_another_language_is_translated(
    text: str, language: str, spoken: str | None, is_it: bool
) -> None:
    assert is_foreign(text, language, spoken) is is_it


def test_a_guest_who_answers_in_english_is_translated_and_terms_are_not() -> None:
    host, guest = "今天请他谈谈水坝。", "The dam was built in a narrow valley."
    assert is_partly_foreign([host] * 5 + [guest], "zh")
    assert not is_partly_foreign([host] * 12 + [guest], "zh")
    assert not is_partly_foreign([host, "Binary Search", "OK", "♪"], "zh")
    assert is_partly_foreign([guest] * 5 + [host], "en")
    assert not is_partly_foreign([], "zh")
