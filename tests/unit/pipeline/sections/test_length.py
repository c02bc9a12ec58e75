"""The words of a section, and the shares that are tried until a document is as short as wished."""

from __future__ import annotations

from itertools import pairwise

import pytest

from videobatch.pipeline.sections.length import most_words, shares, words_in


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("- **[00:05](../a%20b.mp4#t=5)** Two words", 4),
        ("> On the slide: many words that count for nothing", 0),
        ("[![Still](keyframes/1.jpg)](../a.mp4#t=1)", 0),
        ("今天学查找", 5),
        ("", 0),
    ],
)
def test_words_are_counted_without_links_and_slides(markdown: str, words: int) -> None:
    assert words_in(markdown) == words


def test_a_wish_of_none_or_zero_is_no_bound() -> None:
    assert most_words({}) is None
    assert most_words({"max_length": 0}) is None
    assert most_words({"max_length": 300}) == 300
    assert list(shares(None)) == [1.0]


def test_shares_come_down_to_an_entry_each() -> None:
    tried = list(shares(100))
    assert tried[0] == 1.0
    assert tried[-1] == 0.0
    assert all(a > b for a, b in pairwise(tried))
