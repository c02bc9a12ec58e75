"""Tables: rows and cells as a model writes them, and as Markdown."""

from __future__ import annotations

import pytest

from videobatch.pipeline.blocks.tables import rows_of, table


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a | b\n1 | 2", [["a", "b"], ["1", "2"]]),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", [["a", "b"], ["1", "2"]]),
        ("a | b | c\n1", [["a", "b", "c"], ["1", "", ""]]),
        (r"a | x\|y" + "\n1 | 2", [["a", "x|y"], ["1", "2"]]),
        ("a | $|z|$\n1 | 2", [["a", r"$\vert z\vert$"], ["1", "2"]]),
        ("a\nb", []),
        ("a | b", []),
        ("", []),
        ("|".join("abcdefghijklmnop") + "\n1|2", []),
    ],
)
def test_rows(text: str, rows: list[list[str]]) -> None:
    assert rows_of(text) == rows


def test_cells_are_text_and_formulas() -> None:
    assert table([["a|b", "<b>"], ["$x$", ""]]) == [
        r"| a\|b | \<b\> |",
        "| --- | --- |",
        "| $x$ |  |",
    ]
