"""Code on a slide: which lines are code, and how far each is indented."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from videobatch.pipeline.text.sentences import CJK
from videobatch.records import Box, LineKind, SlideLine

Row = Sequence[SlideLine]

# What a line of a program has and a sentence has not; no language in particular.
SIGN = re.compile(
    r"""[{};]\s*$                                         # how C and its heirs end a line
    | ^\s*(?:def|class|if|elif|else|for|while|try|except|finally|with|case|switch|func|fn|function
        |public|private|static|void|struct|namespace|const|let|var)\b.*[:({]\s*$
    | ^\s*(?:else|try|finally)\s*:?\s*$
    | ^\s*(?:import|from)\s+[\w.]+(?:\s+(?:import|as)\s+.+)?;?\s*$
    | ^\s*return(?:\s+\S+(?:\s*[-+*/%<>]\s*\S+)*)?\s*$
    | ^\s*(?:SELECT|FROM|WHERE|INSERT|UPDATE|JOIN|GROUP\ BY|ORDER\ BY|CREATE|VALUES)\b
    | ^\s*(?:\#include|\#define|//|/\*|@\w|>>>|\$\s)
    | \w\(.*\)\s*[:;{]?\s*$                               # a call
    | \w\.\w+\(                                          # a call of a thing's own
    | [=!]=|->|=>|::|\+\+|&&|\|\|
    """,
    re.VERBOSE,
)
# So do formulas: these alone make no program.
ASSIGNMENT = re.compile(r"^\s*[\w.\[\]]+\s*[-+*/]?=\s*\S")
LEAST_ROWS, LEAST_SHARE = 3, 0.6
# Rows without a sign that may stand between two with one: a bare word, a closing bracket.
MOST_BETWEEN = 2
STEPS = (4, 2)


def with_code(rows: Sequence[Row]) -> list[SlideLine]:
    """The rows of a block as lines; where they are a program's, marked so and indented as the
    places of their boxes tell."""
    texts = [_text(row) for row in rows]
    first, last = _stretch([bool(SIGN.search(x) or ASSIGNMENT.search(x)) for x in texts])
    if not any(SIGN.search(text) for text in texts[first:last]):
        first = last = 0
    before = [line for row in rows[:first] for line in row]
    after = [line for row in rows[last:] for line in row]
    return [*before, *_indented(rows[first:last]), *after]


def _stretch(signs: Sequence[bool]) -> tuple[int, int]:
    """The rows [first, last) that are code; none of them: (0, 0)."""
    places = [at for at, sign in enumerate(signs) if sign]
    if len(places) < LEAST_ROWS:
        return 0, 0
    runs = [[places[0]]]
    for before, at in pairwise(places):
        if at - before > MOST_BETWEEN + 1:
            runs.append([])
        runs[-1].append(at)
    longest = max(runs, key=len)
    first, last = longest[0], longest[-1] + 1
    is_code = len(longest) >= LEAST_ROWS and len(longest) >= LEAST_SHARE * (last - first)
    return (first, last) if is_code else (0, 0)


def _indented(rows: Sequence[Row]) -> list[SlideLine]:
    if not rows:
        return []
    cell = _cell(rows)
    left = min(row[0].box.left for row in rows)
    columns = [round((row[0].box.left - left) / cell) for row in rows]
    indents = _snapped(columns)
    return [
        SlideLine(
            " " * indent + _spaced(row, cell),
            _around([line.box for line in row]),
            min(line.confidence for line in row),
            LineKind.CODE,
        )
        for indent, row in zip(indents, rows, strict=True)
    ]


def _cell(rows: Sequence[Row]) -> float:
    """The width of a character: programs are set in a face that has one."""
    lines = [line for row in rows for line in row]
    long = [line for line in lines if _columns(line.text) >= 8] or lines
    return max(1.0, median(line.box.width / _columns(line.text) for line in long))


def _columns(text: str) -> int:
    """The width of a text in cells; a Chinese or Japanese character takes two."""
    return max(1, len(text) + sum(map(len, CJK.findall(text))))


def _snapped(columns: Sequence[int]) -> list[int]:
    """Indents as people type them: in steps of four or two where all are near one."""
    for step in STEPS:
        if all(abs(column - step * round(column / step)) <= step // 4 for column in columns):
            return [step * round(column / step) for column in columns]
    return list(columns)


def _spaced(row: Row, cell: float) -> str:
    """The parts of a row with as many spaces between them as there is room for."""
    text = row[0].text
    for before, line in pairwise(row):
        text += " " * max(1, round((line.box.left - before.box.right) / cell)) + line.text
    return text


def _text(row: Row) -> str:
    return " ".join(line.text for line in row)


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )
