"""How much room a text takes."""

from __future__ import annotations

import pytest

from videobatch.pipeline.words.cues.rules import extent, line_limit, reading_ms


@pytest.mark.parametrize(
    ("text", "size", "is_wide"),
    [("word", 4, False), ("学习", 4, True), ("学习 vim。", 10, True), ("안녕", 4, True),
     ("カタカナ", 8, True), ("😀", 1, False), ("“é”", 3, False)],
)  # fmt: skip
def test_a_wide_character_takes_two_places(text: str, size: int, is_wide: bool) -> None:
    assert extent(text) == (size, is_wide)


def test_a_line_and_a_second_hold_fewer_wide_characters() -> None:
    assert extent("x" * 42)[0] == line_limit(is_wide=False)
    assert extent("学" * 16)[0] == line_limit(is_wide=True)
    assert reading_ms(*extent("x" * 20)) == 1000
    assert reading_ms(*extent("学" * 9)) == 1000
