"""A document as a page: what is in it, and what never is."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from markdown_it.token import Token

from tests.unit.pipeline.text.test_markdown import HOSTILE
from videobatch.pipeline.outputs.page import Player, content, page
from videobatch.pipeline.text.markdown import escape

VIDEO = Player("../../a%20b.mp4", is_sound=False, lost="The video is gone.")
DOCUMENT = """---
title: Sets
---

# Sets

- **[01:15](../../a%20b.mp4#t=75)** A set holds things.

| a | b |
|---|---|
| 1 | 2 |

![at 00:12](keyframes/a.jpg)
"""


class Tags(HTMLParser):
    """All tags with their attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline: dict[str, str] = {}
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._in = tag

    def handle_data(self, data: str) -> None:
        if self._in in ("script", "style"):
            self.inline[self._in] = self.inline.get(self._in, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def made(markdown: str = DOCUMENT, player: Player | None = VIDEO, title: str = "Sets") -> Tags:
    return Tags(page(markdown, title, "en", "videobatch 1", player))


def test_the_document_stands_beside_its_video() -> None:
    tags = made()
    (video,) = tags.of("video")
    assert video["src"] == "../../a%20b.mp4"
    assert [link["href"] for link in tags.of("a")] == ["../../a%20b.mp4#t=75"]
    assert [image["src"] for image in tags.of("img")] == ["keyframes/a.jpg"]
    assert len(tags.of("table")) == len(tags.of("h1")) == 1


def test_times_in_the_form_of_obsidian_move_the_player_too() -> None:
    tags = made("# Sets\n\n- **[[a b.mp4#t=75|01:15]]** A \\[\\[x#t=1|00:01\\]\\] holds things.\n")
    assert [link["href"] for link in tags.of("a")] == ["../../a%20b.mp4#t=75"]


def test_sound_has_a_player_of_its_kind_and_no_file_none() -> None:
    tags = made(player=Player("a.mp3", is_sound=True, lost="gone"))
    assert (len(tags.of("audio")), len(tags.of("video"))) == (1, 0)
    tags = made(player=None)
    assert [len(tags.of(tag)) for tag in ("audio", "video", "script")] == [0, 0, 0]


def test_the_front_matter_is_not_shown() -> None:
    assert "title: Sets" not in page(DOCUMENT, "Sets", "en", "v", VIDEO)


def test_nothing_but_its_own_script_and_style_may_act() -> None:
    tags = made()
    policy = next(m["content"] for m in tags.of("meta") if m.get("http-equiv")) or ""
    assert policy.startswith("default-src 'none'")
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        digest = base64.b64encode(hashlib.sha256(tags.inline[tag].encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy.replace("http-equiv", "")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_documents_and_titles_make_no_tags(hostile: str) -> None:
    raw = f"# {escape(hostile)}\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n"
    tags = made(raw, title=hostile)
    assert len(tags.of("script")) == 1
    assert tags.of("a") == []
    assert not any(name.startswith("on") for _, attributes in tags.found for name in attributes)


def test_its_language_and_title_are_told() -> None:
    text = page(DOCUMENT, "A <b> & c", "zh", "videobatch 1", VIDEO)
    assert '<html lang="zh">' in text
    assert re.search(r"<title>A &lt;b&gt; &amp; c</title>", text)


def test_the_content_alone_can_be_changed_before_it_is_written() -> None:
    def change(tokens: list[Token]) -> None:
        for token in tokens:
            for child in token.children or []:
                child.attrs.pop("href", None)

    html = content("---\ntitle: x\n---\n# Sets\n\n[[a.mp4#t=75|01:15]] [x](y)\n", VIDEO, change)
    assert html == "<h1>Sets</h1>\n<p><a>01:15</a> <a>x</a></p>\n"


def test_formulas_are_set_by_the_browser_and_code_stands_as_it_is() -> None:
    text = (
        "# Sets\n\n- **00:05** So $a \\lt b$ costs \\$5.\n\n  $$\\frac{1}{2}$$\n\n"
        "  ```python\n  x = '</script>$a$'\n  ```\n"
    )
    tags = made(text)
    assert [math.get("display") for math in tags.of("math")] == [None, "block"]
    html = page(text, "Sets", "en", "v", VIDEO)
    assert "costs $5." in html
    assert "x = '&lt;/script&gt;$a$'" in html
    assert len(tags.of("script")) == 1


@pytest.mark.parametrize(
    "text",
    [
        r"\$a\$ and $ a $",
        "US$5 and A$6",
        "$\\href{javascript:alert(1)}{x}$",
        "$$<img src=@ onerror=alert(1)>$$",
        f"${'{' * 400}x{'}' * 400}$",
    ],
)
def test_what_is_no_formula_is_text(text: str) -> None:
    tags = made(text)
    assert tags.of("math") == []
    assert tags.of("img") == tags.of("a") == []


def test_what_looks_like_html_in_a_formula_is_its_signs() -> None:
    html = page("$</math><script>alert(1)</script>$", "Sets", "en", "v", VIDEO)
    tags = Tags(html)
    assert len(tags.of("math")) == len(tags.of("script")) == 1
    assert html.count("</math>") == 1
