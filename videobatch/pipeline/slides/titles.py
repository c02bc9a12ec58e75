"""The heading of a slide, and headings of chapters that slides begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from videobatch.pipeline.text.sentences import CJK
from videobatch.records import Chapter, SlideLine, SlideText

# A heading stands in the upper part of its page, unless it is much larger than all else.
UPPER_SHARE, TITLE_PAGE_SHARE = 0.45, 0.65
LARGER, MUCH_LARGER = 1.2, 1.6
# A second line of a heading is about as tall, and close below the first.
ALIKE, CLOSE = 0.25, 1.0
MOST_CHARS, MOST_LINES = 160, 3
# A slide that begins so near the start of a chapter opens it.
NEAR_S = 15.0


def title_lines(lines: Sequence[SlideLine], page_height: float) -> tuple[SlideLine, ...]:
    """The lines of the heading, from top to bottom; () where none stands out."""
    named = [line for line in lines if _has_letters(line.text)]
    if not named:
        return ()
    tallest = max(named, key=lambda line: (line.box.height, -line.box.top))
    title = _grown(tallest, named)
    others = [line.box.height for line in lines if line not in title]
    usual = median(others) if others else 0.0
    share = UPPER_SHARE if tallest.box.height < MUCH_LARGER * usual else TITLE_PAGE_SHARE
    stands_out = tallest.box.height >= LARGER * usual and title[0].box.top < share * page_height
    # Lines that are all alike are a text, not a heading.
    most = MOST_LINES if others else MOST_LINES - 1
    is_short = len(title) <= most and sum(len(line.text) for line in title) <= MOST_CHARS
    return tuple(title) if stands_out and is_short else ()


def _grown(line: SlideLine, lines: Sequence[SlideLine]) -> list[SlideLine]:
    """The line, and those of its size directly above and below."""
    found = [line]
    for other in sorted(lines, key=lambda x: abs(x.box.middle - line.box.middle)):
        if other in found or abs(other.box.height - line.box.height) > ALIKE * line.box.height:
            continue
        top = min(x.box.top for x in found)
        bottom = max(x.box.bottom for x in found)
        away = max(top - other.box.bottom, other.box.top - bottom)
        overlaps = other.box.left < line.box.right and line.box.left < other.box.right
        if overlaps and away < CLOSE * line.box.height:
            found.append(other)
    return sorted(found, key=lambda x: x.box.top)


def _has_letters(text: str) -> bool:
    return sum(char.isalpha() for char in text) >= 2 or CJK.search(text) is not None


def titled(chapters: Sequence[Chapter], slides: Sequence[SlideText]) -> tuple[Chapter, ...]:
    """The chapters, each with the heading of the slide that begins where it does (s); a chapter
    that no slide opens keeps its title, and no two in a row get the same slide's."""
    found: list[Chapter] = []
    used: SlideText | None = None
    for chapter in chapters:
        near_s = min(NEAR_S, (chapter.end_s - chapter.start_s) / 2)
        opening = [
            slide
            for slide in slides
            if slide.title and slide is not used and abs(slide.start_s - chapter.start_s) <= near_s
        ]
        best = min(opening, key=lambda slide: abs(slide.start_s - chapter.start_s), default=None)
        used = best or used
        found.append(replace(chapter, title=best.title) if best and best.title else chapter)
    return tuple(found)
