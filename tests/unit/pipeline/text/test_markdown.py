"""Text from media files does nothing in a document but read as it is."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from videobatch.pipeline.text.markdown import escape, image, plain, stamp

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- gone -->",
    "a](http://evil.example/) b",
    "[x](javascript:alert(1))",
    "![x](http://evil.example/pixel.png)",
    "[[secret note]] ![[embedded]]",
    "[ref]: http://evil.example/",
    "<http://evil.example/>",
    "http://evil.example/ www.evil.example mailto:a@evil.example",
    "---\ntitle: other\n---",
    "# heading\n## more",
    "line\n=====",
    "- item\n+ item\n* item",
    "1. item",
    "2) item",
    "> quote",
    "```python\ncode\n```",
    "~~~\ncode",
    "    indented code",
    "| a | b |\n|---|---|",
    "*bold* _em_ ~~gone~~ ==mark== %%comment%% $x$ `code` #tag ^block",
    "&lt;script&gt; &#60; &copy;",
    "back\\slash \\<b>",
    "{{ title }} {% for x in y %}",
    "***",
    ": definition",
    "\u202eexe.fdp\u202c \u200b\ufeff\u2066x\u2069",
    "nul\x00 bell\x07 escape\x1b[31m red\x85\u2028\u2029",
    "lone \ud800 surrogate",
    "four bytes 🎬 𠀀",
    "x" * 100_000,
]
ALLOWED_TOKENS = {"paragraph_open", "inline", "paragraph_close"}


def tokens(text: str) -> tuple[set[str], str]:
    """The kinds of Markdown tokens, and the text that a reader sees."""
    parser = MarkdownIt("gfm-like", {"linkify": False, "html": True})
    blocks = parser.parse(text)
    inline = [child for block in blocks for child in block.children or []]
    kinds = {token.type for token in [*blocks, *inline]}
    return kinds, "".join(child.content for child in inline)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_alone(text: str) -> None:
    escaped = escape(text)
    kinds, seen = tokens(escaped)
    assert kinds <= ALLOWED_TOKENS | {"text", "text_special"}
    assert seen == plain(text)
    assert "\n" not in escaped
    bare = re.sub(r"\\.", "", escaped)
    for active in ("[", "]", "://", "<", "&", "www.", "=", "%", "{", "$", "#", "^", "`", "|"):
        assert active not in bare, active


@given(st.text(max_size=300))
@example("0)")
@example("-")
@example("+ x")
@example("123456789. x")
@example("&amp;")
@example("\\\\[")
def test_any_text_is_text_alone(text: str) -> None:
    kinds, seen = tokens(escape(text))
    assert kinds <= ALLOWED_TOKENS | {"text", "text_special"}
    assert seen == plain(text)


@given(st.text())
def test_plain_text_is_one_visible_line(text: str) -> None:
    line = plain(text, 50)
    assert len(line) <= 50
    assert line == line.strip()
    assert "  " not in line
    line.encode()
    assert not {unicodedata.category(c) for c in line} & {"Cc", "Zl", "Zp", "Cs", "Co", "Cn"}
    assert plain(line, 50) == line


def test_plain_keeps_what_scripts_need() -> None:
    assert plain("می\u200cخواهم 👩\u200d🏫") == "می\u200cخواهم 👩\u200d🏫"
    assert plain("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("at_s", "text"),
    [
        (0, "00:00"),
        (59.99, "00:59"),
        (60, "01:00"),
        (3599.9, "59:59"),
        (3600, "01:00:00"),
        (36_000 + 61, "10:01:01"),
        (-3, "00:00"),
    ],
)
def test_stamps(at_s: float, text: str) -> None:
    assert stamp(at_s) == text


def test_an_image_with_an_odd_name() -> None:
    assert image("at 01:23", "a b)/..#?.jpg") == "![at 01:23](keyframes/a%20b%29%2F..%23%3F.jpg)"
