"""Sentences with formulas between dollars, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from videobatch.pipeline.blocks.formulas import formula
from videobatch.pipeline.text.markdown import MOST_CHARS, at_line_start, escape_within, plain

# As Pandoc reads them: no space inside the dollars, no word before and no digit behind them, so
# that sums of money are none. `\( … \)` is the same.
INLINE = re.compile(
    r"(?<![\w$\\])\$(?![\s$])(?P<dollars>[^$]{1,300})(?<![\s\\])\$(?![\w$])"
    r"|\\\((?P<round>.{1,300}?)\\\)"
)


def prose(text: str, most_chars: int = MOST_CHARS) -> str:
    """The sentence on one line, as `escape` makes it, with its formulas between dollars. What is
    between dollars and cannot be set as a formula is text."""
    parts = []
    for part, set_ in pieces(plain(text, most_chars)):
        parts.append(f"${set_}$" if set_ else escape_within(part))
    joined = "".join(parts)
    return joined if joined.startswith("$") else at_line_start(joined)


def pieces(line: str) -> Iterator[tuple[str, str | None]]:
    """The parts of a plain line in their order, each with its formula where it is one."""
    done = 0
    for found in INLINE.finditer(line):
        set_ = formula(found["dollars"] or found["round"])
        if set_ is None:
            continue
        if found.start() > done:
            yield line[done : found.start()], None
        yield found[0], set_
        done = found.end()
    if done < len(line):
        yield line[done:], None
