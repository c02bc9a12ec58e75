"""A document as a page of its own, with the video beside it: it opens from the disk, without a
server, and each time in it moves the player."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from videobatch.pipeline.blocks.formulas import formula
from videobatch.pipeline.blocks.mathml import mathml

# A longer one takes long to turn into a page, and long to open.
MOST_CHARS = 2_000_000
# A time as Obsidian writes it; text of a document has no bare bracket.
_WIKI_TIME = re.compile(r"\[\[[^\[\]|\\]+#t=(\d+)\|([\d:]+)\]\]")
# A dollar of the text is escaped, and a formula holds none.
FORMULA = re.compile(
    r"\$\$(?P<display>[^$\n]+)\$\$|\$(?P<within>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?![\w$])"
)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Player:
    """The video, or the sound, that stands beside the document. `source` is its address from there,
    encoded; `lost` is what a reader is told where it is not there any more."""

    source: str
    is_sound: bool
    lost: str


def page(markdown: str, title: str, language: str, software: str, player: Player | None) -> str:
    """The page. Pure; nothing in it comes from elsewhere, and no script runs but its own. Links
    and pictures are those of the document, from the folder in which both stand."""
    return _shell().render(
        title=title,
        language=language,
        software=software,
        content=content(markdown, player),
        source=player.source if player else "",
        is_sound=player is not None and player.is_sound,
        lost=player.lost if player else "",
        style=_asset("page.css"),
        script=_asset("page.js"),
        style_hash=_digest(_asset("page.css")),
        script_hash=_digest(_asset("page.js")),
    )


def content(
    markdown: str, player: Player | None, change: Callable[[list[Token]], None] | None = None
) -> str:
    """The document as HTML, without its front matter. Pure. `change` may change what was parsed,
    such as its links, before it is written."""
    parser = _markdown()
    tokens = parser.parse(_linked(_FRONT_MATTER.sub("", markdown), player))
    if change is not None:
        change(tokens)
    html: str = parser.renderer.render(tokens, parser.options, {})
    return html


def _linked(markdown: str, player: Player | None) -> str:
    """The text with Obsidian's links into the video as Markdown's."""
    if player is None:
        return markdown
    return _WIKI_TIME.sub(lambda found: f"[{found[2]}]({player.source}#t={found[1]})", markdown)


@cache
def _markdown() -> MarkdownIt:
    # Documents hold no HTML; what looks like it is text.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.add_render_rule("formula", lambda _self, tokens, at, _options, _env: tokens[at].content)
    return parser


def _formula(state: StateInline, silent: bool) -> bool:
    """Reads a formula between dollars that stands here, as the documents write them."""
    found = FORMULA.match(state.src, state.pos)
    if found is None or (state.pos and state.src[state.pos - 1].isalnum()):
        return False
    is_display = bool(found["display"])
    latex = formula(found["display"] or found["within"], is_display=is_display)
    set_ = mathml(latex, is_display=is_display) if latex else None
    if set_ is None:
        return False
    if not silent:
        state.push("formula", "math", 0).content = set_
    state.pos = found.end()
    return True


@cache
def _shell() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_asset("page.html.j2"))


@cache
def _asset(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """The hash of an inline style or script, as a Content-Security-Policy names it (level 3)."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
