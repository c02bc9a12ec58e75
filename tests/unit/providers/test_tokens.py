"""The rule that estimates tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.providers.tokens import estimate_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("abc", 1),
        ("abcd", 2),
        ("Привет", 2),
        ("naïve…", 2),
        ("中", 1),
        ("中文字幕", 4),
        ("中文 ab", 3),
        ("カタカナ", 4),
        ("한국어", 3),
        ("مرحبا", 5),
        ("สวัสดี", 6),
        ("𠀀", 1),
    ],
)
def test_the_rule(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(st.text(), st.text())
def test_parts_are_never_less_than_the_whole(one: str, other: str) -> None:
    whole = estimate_tokens(one + other)
    assert whole <= estimate_tokens(one) + estimate_tokens(other) <= whole + 1
    assert whole <= len(one + other)
