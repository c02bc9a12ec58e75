"""Formulas in MathML Core, which browsers set by themselves."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from math_core import LatexToMathML

TAGS = frozenset(
    {"math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup"}
    | {"msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom"}
    | {"menclose"}
)
_TRUTH, _LENGTH = re.compile(r"true|false"), re.compile(r"-?\d*\.?\d+(?:em|ex|%)?")
ATTRIBUTES = {
    **dict.fromkeys(("accent", "accentunder", "displaystyle", "movablelimits", "stretchy"), _TRUTH),
    **dict.fromkeys(("linethickness", "lspace", "rspace", "minsize", "maxsize", "width"), _LENGTH),
    "display": re.compile(r"block|inline"),
    "form": re.compile(r"prefix|infix|postfix"),
    "mathvariant": re.compile(r"normal"),
    "notation": re.compile(r"box"),
    "scriptlevel": re.compile(r"\d"),
}
# Columns stand to one side by styles, which a page's policy keeps out: its own sheet has them.
SIDE = re.compile(r"text-align: (left|right);")


def mathml(latex: str, *, is_display: bool) -> str | None:
    """The formula as an element `math`, of tags, attributes and values of a list; None where it
    cannot be set: an argument is missing, two superscripts, a command that is not known. The
    formula must be bounded, as `formula` does, or the process may end for want of stack."""
    from math_core import LatexError  # loaded where there is a formula, and nowhere else

    try:
        made = _converter().convert_with_local_state(latex, displaystyle=is_display)
    except LatexError:
        return None
    return _Listed(made).text


@cache
def _converter() -> LatexToMathML:
    from math_core import LatexToMathML

    return LatexToMathML(fancy_error=False)


class _Listed(HTMLParser):
    """The text of MathML with nothing but what is listed; other elements leave their contents."""

    def __init__(self, made: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(made)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in TAGS:
            self.text += f"<{tag}{''.join(map(_attribute, attrs))}>"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # HTML knows no empty tags of its own, and MathML in it none but by name.
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in TAGS:
            self.text += f"</{tag}>"

    def handle_data(self, data: str) -> None:
        self.text += escape(data, quote=False)


def _attribute(given: tuple[str, str | None]) -> str:
    name, value = given[0], given[1] or ""
    if name == "style":
        side = SIDE.search(value)
        return f' class="{side[1]}"' if side else ""
    allowed = ATTRIBUTES.get(name)
    return f' {name}="{value}"' if allowed and allowed.fullmatch(value) else ""
