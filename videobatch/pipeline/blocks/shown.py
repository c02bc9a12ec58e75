"""Blocks as Markdown that does nothing but be read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from videobatch.pipeline.blocks.code import Parsed, language_of, parsed
from videobatch.pipeline.blocks.formulas import bare, formula
from videobatch.pipeline.blocks.inline import prose
from videobatch.pipeline.blocks.kinds import Kind
from videobatch.pipeline.blocks.tables import rows_of, table
from videobatch.pipeline.text.markdown import fence

ITEM = re.compile(r"^\s*(?:[-*+•·–]|\d{1,3}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Shown:
    """A block's lines in Markdown, and what a check of it says: `""` for nothing, `code_unchecked`,
    `code_broken` or `formula_broken`, names of the catalogue."""

    lines: tuple[str, ...]
    check: str = ""


def shown(kind: Kind, text: str, language: str = "") -> Shown:
    """The block. A formula that cannot be set is shown as it was written."""
    if kind is Kind.FORMULA:
        set_ = formula(text, is_display=True)
        if set_ is None:
            return Shown(tuple(fence([bare(text)], "latex")), "formula_broken")
        return Shown((f"$${set_}$$",))
    if kind is Kind.CODE:
        return _code(text, language_of(language))
    if kind is Kind.TABLE:
        rows = rows_of(text)
        return Shown(tuple(table(rows))) if rows else shown(Kind.LIST, text)
    if kind is Kind.LIST:
        items = (ITEM.sub("", line).strip() for line in text.splitlines())
        return Shown(tuple(f"- {prose(item)}" for item in items if item))
    if kind is Kind.QUOTATION:
        return Shown((f"> {prose(text)}",))
    return Shown((prose(text),))


def _code(text: str, language: str) -> Shown:
    found = parsed(text, language)
    check = {Parsed.BROKEN: "code_broken", Parsed.UNCHECKED: "code_unchecked"}.get(found, "")
    return Shown(tuple(fence(text.splitlines(), language)), check)
