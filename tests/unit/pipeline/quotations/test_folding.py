"""Texts that are the same to whoever compares them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.pipeline.quotations.folding import folded, pieces, weight


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We choose to go, to the MOON!", "we choose to go to the moon"),
        ("It’s 30%", "its thirty per cent"),
        ("ＡＢＣ　１２", "abc 12"),
        ("憲法的機率", "宪法的机率"),
        ("他说：“Java 标准库”。", "他说Java标准库"),
        ("三百五十公里", "350 公里"),
        ("fi ﬁrst", "fi first"),
    ],
)
def test_what_is_said_alike_is_folded_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_words_and_characters_are_pieces() -> None:
    assert pieces(folded("Java 标准库 is here")) == ["java", "标", "准", "库", "is", "here"]
    assert weight("标准") == 8


@given(st.text(max_size=80))
def test_folding_twice_changes_no_more(text: str) -> None:
    once = folded(text)
    assert once == once.strip()
    assert "  " not in once
