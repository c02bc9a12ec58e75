"""Tables as a model writes them: a line for each row, its cells between bars."""

from __future__ import annotations

import re
from collections.abc import Sequence

from videobatch.pipeline.blocks.inline import pieces, prose

MOST_COLUMNS, MOST_ROWS, MOST_CELL_CHARS = 12, 100, 500
RULE = re.compile(r"^[\s|:+=-]*-[\s|:+=-]*$")
BAR = re.compile(r"(?<!\\)\|")


def rows_of(text: str) -> list[list[str]]:
    """The cells of each row, as many in each; [] for what is no table of two columns and rows."""
    lines = [line for line in text.splitlines() if line.strip() and not RULE.match(line)]
    rows = [_cells(line) for line in lines[:MOST_ROWS]]
    width = max((len(row) for row in rows), default=0)
    if len(rows) < 2 or not 2 <= width <= MOST_COLUMNS:
        return []
    return [[*row, *[""] * (width - len(row))] for row in rows]


def _cells(line: str) -> list[str]:
    # A bar in a formula parts nothing.
    inner = "".join(f"${set_}$" if set_ else part for part, set_ in pieces(line.strip()))
    inner = inner.removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.strip().replace("\\|", "|") for cell in BAR.split(inner)]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines of a table, the first one its head."""
    shown = [f"| {' | '.join(prose(cell, MOST_CELL_CHARS) for cell in row)} |" for row in rows]
    return [shown[0], f"|{' --- |' * len(rows[0])}", *shown[1:]]
