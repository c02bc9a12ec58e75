"""The lines of a document, without their marks, each at its second."""

from __future__ import annotations

import pytest

from videobatch.pipeline.text.jumps import NO_JUMPS, Jumps, LinkStyle
from videobatch.pipeline.text.markdown import escape
from videobatch.search.documents import target, written
from videobatch.search.records import Mark

LINKED = Jumps("../../a%20b.mp4")
STYLES = [LINKED, Jumps("../../a.mp4", LinkStyle.OBSIDIAN), NO_JUMPS]
Line = tuple[str, float | None]


def lines(markdown: str) -> list[Line]:
    """The texts with their seconds, one for each mark."""
    found: list[Line] = []
    for each in written(markdown, "d.md"):
        bounds = [mark.offset for mark in each.marks] + [len(each.text)]
        for mark, end in zip(each.marks, bounds[1:], strict=True):
            found.append((each.text[mark.offset : end].strip(), mark.at_s))
    return found


@pytest.mark.parametrize("jumps", STYLES, ids=["links", "obsidian", "times"])
def test_times_belong_to_what_they_stand_beside(jumps: Jumps) -> None:
    markdown = "\n".join(
        [
            "---\ntitle: Not this\n---\n\n# The title\n\n## Overview\n",
            f"It rises ({jumps.at(5)}). It falls ({jumps.at(3675)}).\n",
            "## Chapters\n",
            f"### {jumps.at(60)} Salt and sea\n",
            f"- **{jumps.at(61)}** Water has salt.",
            f"1. {jumps.at(62)} to {jumps.at(70)}: **Brine**",
            f"2. {jumps.at(70)} 至 {jumps.at(90)}：**盐**",
            f"- **潮**（{jumps.at(91)}）  ",
            "- Nobody says when.",
            "## The end\n",
            "No time is known.",
        ]
    )
    assert lines(markdown) == [
        ("The title", None),
        ("Overview", None),
        ("It rises.", 5),
        ("It falls.", 3675),
        ("Chapters", None),
        ("Salt and sea", 60),
        ("Water has salt.", 61),
        ("Brine", 62),
        ("盐", 70),
        ("潮", 91),
        ("Nobody says when.", 91),
        ("The end", None),
        ("No time is known.", None),
    ]


def test_marks_of_markdown_are_no_text() -> None:
    text = 'a_b *c* [d] <e> #f 5 | 6 `g` 1. $h$ \\ "i"'
    markdown = (
        f"> - {escape(text)}\n\n| **cell** | *two* |\n|---|---|\n"
        "![at 00:10](keyframes/x.jpg)\n[![at 00:10](keyframes/x.jpg)](../a.mp4#t=10)\n"
        "See [the page](http://x.y/z) and [[a note|this note]]. ^block-1\n<!-- hidden -->\n***\n"
        "```python\nx = y**2  # [no](link)\n```\n"
    )
    assert lines(markdown) == [
        (text, None),
        ("cell two", None),
        ("See the page and this note.", None),
        ("x = y**2 # [no](link)", None),
    ]


def test_the_video_s_address_is_that_of_the_first_link() -> None:
    assert target(f"x [y](http://z) {LINKED.at(5)}") == "../../a%20b.mp4"
    assert target(f"{NO_JUMPS.at(5)} [a](b)") == ""


@pytest.mark.parametrize("markdown", ["", "---\n", "[" * 5_000, "`" * 5_000, "**" * 5_000 + "x"])
def test_anything_is_read(markdown: str) -> None:
    assert all(mark == Mark(0, None) for each in written(markdown, "d.md") for mark in each.marks)


def test_a_line_without_an_end_is_read_in_parts() -> None:
    text = "word " * 10_000
    found = [each.text for each in written(text, "d.md")]
    assert len(found) > 10
    assert sum(len(each.split()) for each in found) == pytest.approx(10_000, abs=len(found))
