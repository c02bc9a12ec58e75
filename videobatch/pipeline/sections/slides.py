"""Slides as parts of sections: their text as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from videobatch.pipeline.slides.changes import is_same
from videobatch.pipeline.text.markdown import code_line, escape, fence
from videobatch.pipeline.text.phrases import Phrases
from videobatch.records import LineKind, SlideLine, SlideText

MOST_LINE_CHARS = 500
BULLET = re.compile(r"^[•·●○▪▫◦‣■□➢➤✓✔–]\s*")


def slide_block(slide: SlideText, phrases: Phrases) -> str:
    """The slide's text as a quotation in Markdown: heading, lines, and code between fences; ""
    for one that holds nothing."""
    lines: list[str] = []
    title = escape(slide.title or "", MOST_LINE_CHARS)
    if title or slide.body:
        head = phrases.slide_title.format(title=title) if title else phrases.slide_untitled
        lines.append(head)
    for kind, group in groupby(slide.body, key=lambda line: line.kind):
        lines.append("")
        shown = _code if kind is LineKind.CODE else _text
        lines += shown(list(group))
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _text(lines: Sequence[SlideLine]) -> list[str]:
    return [f"- {escape(BULLET.sub('', line.text), MOST_LINE_CHARS)}" for line in lines]


def _code(lines: Sequence[SlideLine]) -> list[str]:
    return fence([code_line(line.text, MOST_LINE_CHARS) for line in lines])


def once_each(slides: Sequence[SlideText]) -> Iterator[SlideText]:
    """The slides without those that were shown before."""
    shown: list[SlideText] = []
    for slide in slides:
        if not any(is_same(slide, earlier) for earlier in shown):
            shown.append(slide)
            yield slide
