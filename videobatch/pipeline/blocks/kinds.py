"""The kinds of what a language model writes, and its text as each kind keeps it."""

from __future__ import annotations

import re
import textwrap
from enum import StrEnum

from videobatch.pipeline.text.markdown import code_line, plain

MOST_LINES, MOST_LINE_CHARS, MOST_CHARS = 200, 500, 8_000
# The most blocks beside each statement of a part.
BLOCKS_EACH = 2
# Models like to fence what is a field of its own already.
OPENING = re.compile(r"(`{3,}|~{3,})[ \t]*([^\s`]*)")


class Kind(StrEnum):
    """One entry's form: a sentence or two, or a block that stands by itself."""

    TEXT = "text"
    FORMULA = "formula"
    CODE = "code"
    TABLE = "table"
    LIST = "list"
    QUOTATION = "quotation"


# Of these, each line stands for itself.
IN_LINES = frozenset({Kind.CODE, Kind.TABLE, Kind.LIST})


def kind_of(found: object) -> Kind:
    """The kind of that name, text for any other: it is shown as what it says."""
    try:
        return Kind(str(found).strip().lower())
    except ValueError:
        return Kind.TEXT


def kept(kind: Kind, text: str) -> str:
    """The text as its kind keeps it: one plain line, or several for code, tables and lists, with
    the indentation of code; "" where nothing is left."""
    if kind not in IN_LINES:
        return plain(text, MOST_CHARS)
    lines = [code_line(line, MOST_LINE_CHARS) for line in unfenced(text)[0].splitlines()]
    shown = "\n".join(lines[:MOST_LINES]).strip("\n")[:MOST_CHARS]
    return textwrap.dedent(shown).rstrip()


def unfenced(text: str) -> tuple[str, str]:
    """The text without a fence around it, and the language that the fence named; "" for none."""
    # By lines: one expression for all of it takes minutes for some texts.
    first, _, rest = text.strip().partition("\n")
    head, last = OPENING.match(first), rest.rpartition("\n")
    if head is None:
        return text, ""
    if last[2].strip() == head[1]:
        return last[0], head[2]
    return (rest.removesuffix(head[1]), head[2]) if rest.endswith(head[1]) else (text, "")
