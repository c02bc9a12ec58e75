"""The lines of a page in reading order, with its heading and its code told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

from videobatch.pipeline.slides.code import with_code
from videobatch.pipeline.slides.titles import title_lines
from videobatch.pipeline.text.markdown import plain
from videobatch.records import Box, LineKind, Page, SlideLine

# Below this the reader guesses at patterns, arrows and faces.
LEAST_CONFIDENCE = 0.5
MOST_LINE_CHARS = 500
# Empty space, in heights of a line, that parts two columns, and two blocks of one column.
COLUMN_GAP, BLOCK_GAP = 1.0, 1.2
# Boxes whose middles are nearer than this share of a height stand in one row.
ROW_NEAR = 0.4
# Columns whose lines stand beside each other to this share are those of a table.
TABLE_SHARE = 0.7


def arrange(page: Page) -> tuple[SlideLine, ...]:
    """The page's lines as a person reads them: heading, then column by column, a table row by row.
    What the reader was not sure of is left out."""
    lines = [
        replace(line, text=text)
        for line in page.lines
        if line.confidence >= LEAST_CONFIDENCE and (text := plain(line.text, MOST_LINE_CHARS))
    ]
    title = title_lines(lines, page.height)
    rest = [line for line in lines if line not in title]
    blocks = _blocks(rest)
    read = [line for block in blocks for line in with_code(_rows(block))]
    return (*(replace(line, kind=LineKind.TITLE) for line in title), *read)


def _blocks(lines: Sequence[SlideLine]) -> list[list[SlideLine]]:
    """Blocks in reading order (recursive cuts along empty space: G. Nagy, S. Seth, ICPR 1984)."""
    if len(lines) < 2:
        return [list(lines)] if lines else []
    height = median(line.box.height for line in lines)
    columns = _cut(lines, lambda box: (box.left, box.right), COLUMN_GAP * height)
    if len(columns) > 1 and not _is_table(columns):
        return [block for column in columns for block in _blocks(column)]
    bands = _cut(lines, lambda box: (box.top, box.bottom), BLOCK_GAP * height)
    inner = [_blocks(band) for band in bands] if len(bands) > 1 else []
    if all(len(blocks) == 1 for blocks in inner):
        # Nothing stands side by side: paragraphs and a program's empty lines part no block.
        return [list(lines)]
    return [block for blocks in inner for block in blocks]


def _cut(
    lines: Sequence[SlideLine], side: Callable[[Box], tuple[float, float]], gap: float
) -> list[list[SlideLine]]:
    """The lines in groups with more than `gap` of empty space between them."""
    groups: list[list[SlideLine]] = []
    reached = float("-inf")
    for line in sorted(lines, key=lambda line: side(line.box)[0]):
        begin, end = side(line.box)
        if not groups or begin - reached > gap:
            groups.append([])
        groups[-1].append(line)
        reached = max(reached, end)
    return groups


def _is_table(columns: Sequence[Sequence[SlideLine]]) -> bool:
    """True where nearly every line has one beside it in each other column."""
    if min(map(len, columns)) < 2:
        return False
    first = columns[0]
    beside = sum(
        any(_in_row(line, other) for other in first) for column in columns[1:] for line in column
    )
    others = sum(map(len, columns[1:]))
    fewest, most = min(map(len, columns)), max(map(len, columns))
    return beside >= TABLE_SHARE * others and fewest >= TABLE_SHARE * most


def _in_row(one: SlideLine, other: SlideLine) -> bool:
    near = ROW_NEAR * min(one.box.height, other.box.height)
    return abs(one.box.middle - other.box.middle) < near


def _rows(lines: Sequence[SlideLine]) -> list[list[SlideLine]]:
    """The lines from top to bottom, those of one row together from left to right."""
    rows: list[list[SlideLine]] = []
    for line in sorted(lines, key=lambda line: line.box.middle):
        if rows and _in_row(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.box.left) for row in rows]
