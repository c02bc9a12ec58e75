"""The changes of slides, told by their text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from videobatch.pipeline.text.sentences import words
from videobatch.records import LineKind, SlideLine, SlideText

# A still shows the slide of the one before it if so much of the shorter text is in the longer one:
# a slide that fills up line by line is one slide.
SAME_SHARE = 0.8
# A line that so many stills, and this share of them, have in the same place is their frame.
REPEATED, REPEATED_SHARE = 3, 0.5
MARGIN_SHARE = 0.15
DIGITS = re.compile(r"\d+")


def slides_of(stills: Sequence[SlideText]) -> tuple[SlideText, ...]:
    """The slides that the stills show, in order of time, each with its fullest text and the time
    since when it is shown. Stills without text are left out; a slide that returns comes again."""
    found: list[SlideText] = []
    is_shown = False
    for still in stills:
        if not still.lines:
            is_shown = False
        elif is_shown and is_same(found[-1], still):
            fuller = max(found[-1], still, key=_length)
            found[-1] = replace(fuller, start_s=found[-1].start_s)
        else:
            found.append(still)
            is_shown = True
    return tuple(found)


def heading_changes_s(slides: Sequence[SlideText]) -> tuple[float, ...]:
    """The times since when a slide with another heading than the one before is shown; slides in
    order of time. A slide without a heading changes nothing."""
    named = [slide for slide in slides if slide.title is not None]
    return tuple(
        slide.start_s for before, slide in pairwise(named) if not _titles_agree(before, slide)
    )


def is_same(one: SlideText, other: SlideText) -> bool:
    """True where both are the same slide, or one is the other with more on it."""
    bags = sorted((_bag(one), _bag(other)), key=len)
    shorter, longer = bags
    if not shorter:
        return not longer
    return len(shorter & longer) >= SAME_SHARE * len(shorter) and _titles_agree(one, other)


def _titles_agree(one: SlideText, other: SlideText) -> bool:
    if one.title is None or other.title is None:
        return True
    mine, yours = set(words(one.title)), set(words(other.title))
    return len(mine & yours) >= SAME_SHARE * max(len(mine), len(yours))


def _bag(slide: SlideText) -> set[str]:
    own = (line for line in slide.lines if line.kind is not LineKind.MARGIN)
    return {word for line in own for word in words(line.text)}


def _length(slide: SlideText) -> int:
    return sum(len(line.text) for line in slide.body)


def without_margins(stills: Sequence[SlideText], height: float) -> tuple[SlideText, ...]:
    """The stills with the lines marked that most of them repeat at the edge of a picture of that
    height: the footer and its page number, whatever the number."""
    shown = Counter(
        key
        for still in stills
        for key in {_place(line) for line in still.lines if _is_at_edge(line, height)}
    )
    read = sum(bool(still.lines) for still in stills)
    repeated = {
        key for key, count in shown.items() if count >= REPEATED and count >= REPEATED_SHARE * read
    }
    return tuple(
        replace(still, lines=tuple(_marked(line, repeated, height) for line in still.lines))
        for still in stills
    )


def _marked(line: SlideLine, repeated: set[str], height: float) -> SlideLine:
    is_margin = _is_at_edge(line, height) and _place(line) in repeated
    return replace(line, kind=LineKind.MARGIN) if is_margin else line


def _is_at_edge(line: SlideLine, height: float) -> bool:
    is_high = line.box.bottom < MARGIN_SHARE * height and line.kind is not LineKind.TITLE
    return is_high or line.box.top > (1 - MARGIN_SHARE) * height


def _place(line: SlideLine) -> str:
    """The line whatever its numbers, in its upper or lower place."""
    return DIGITS.sub("0", line.text.casefold().replace(" ", ""))
