"""Blocks as Markdown: each is what it says, and nothing in it acts."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.unit.pipeline.text.test_markdown import HOSTILE
from videobatch.pipeline.blocks.kinds import Kind, kept
from videobatch.pipeline.blocks.shown import Shown, shown

HARMLESS = {"p", "ul", "li", "pre", "code", "blockquote", "table", "thead", "tbody", "tr", "th"}
HARMLESS |= {"td", "em", "strong", "br"}
WORST = [
    "</script>",
    "```",
    "~~~\n</code>",
    r"\href{javascript:alert(1)}{x}",
    "$$",
    "|",
    "$|$\n$|$",
]


class Tags(HTMLParser):
    """The tags of a text, and the names of their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize(
    ("kind", "text", "language", "expected"),
    [
        (Kind.FORMULA, r"\int_0^1 x", "", Shown((r"$$\int_0^1 x$$",))),
        (Kind.FORMULA, "{x", "", Shown(("```latex", "{x", "```"), "formula_broken")),
        (Kind.CODE, "x = 1", "Python", Shown(("```python", "x = 1", "```"))),
        (Kind.CODE, "x = ", "Python", Shown(("```python", "x = ", "```"), "code_broken")),
        (Kind.CODE, "graph LR", "mermaid", Shown(("```", "graph LR", "```"), "code_unchecked")),
        (Kind.CODE, "a ``` b", "go", Shown(("````go", "a ``` b", "````"), "code_unchecked")),
        (Kind.TABLE, "a|b\n1|2", "", Shown(("| a | b |", "| --- | --- |", "| 1 | 2 |"))),
        (Kind.TABLE, "alone", "", Shown(("- alone",))),
        (Kind.LIST, "1. a\n* $b$", "", Shown(("- a", "- $b$"))),
        (Kind.QUOTATION, "it *moves*", "", Shown((r"> it \*moves\*",))),
        (Kind.TEXT, "it *moves*", "", Shown((r"it \*moves\*",))),
    ],
)
def test_each_kind(kind: Kind, text: str, language: str, expected: Shown) -> None:
    assert shown(kind, text, language) == expected


def tags_of(kind: Kind, text: str, language: str) -> Tags:
    lines = shown(kind, kept(kind, text), language).lines
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    return Tags(parser.render("\n".join(lines)))


@pytest.mark.parametrize("text", [*HOSTILE[:-1], *WORST])
@pytest.mark.parametrize("kind", list(Kind))
def test_hostile_blocks_are_read_and_nothing_else(kind: Kind, text: str) -> None:
    tags = tags_of(kind, text, text)
    assert tags.names <= HARMLESS
    assert tags.attributes <= {"class"}


@given(
    kind=st.sampled_from(list(Kind)),
    text=st.text(alphabet="ab1 \\{}[]()$^_&<>|*~=:/!.'\"`%#@w-\n", max_size=120),
    language=st.text(max_size=20),
)
@example(Kind.TABLE, "$a|b$|<b>\n|x|`y", "")
@example(Kind.LIST, "- - [x](javascript:y)", "")
@example(Kind.LIST, "- 1. ```\n<b>", "")
def test_any_block_is_harmless_where_html_is_let_through(
    kind: Kind, text: str, language: str
) -> None:
    tags = tags_of(kind, text, language)
    assert tags.names <= HARMLESS
    assert tags.attributes <= {"class"}
