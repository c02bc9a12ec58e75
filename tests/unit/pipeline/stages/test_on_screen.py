"""The terms of the slides, as a recogniser is told them while a segment sounds."""

from __future__ import annotations

import numpy as np

from videobatch.pipeline.stages.on_screen import OnScreen, on_screen
from videobatch.pipeline.stages.reading import NONE_READ, Slides
from videobatch.records import AudioSegment, Box, SlideLine, SlideText

SEGMENT = AudioSegment(1, 5.0, np.zeros(16_000, np.int16))


def test_a_segment_is_told_what_its_slide_shows() -> None:
    line = SlideLine("Light and the thylakoid", Box(0, 0, 9, 9), 0.99)
    told = on_screen(Slides((SlideText(0.0, 8.0, "x.jpg", (line,)),))).told(SEGMENT)
    assert told.terms == ("thylakoid",)
    assert (told.index, told.start_s, told.content_hash) == (1, 5.0, SEGMENT.content_hash)


def test_without_slides_nothing_is_told() -> None:
    assert on_screen(NONE_READ) == OnScreen()
    assert on_screen(NONE_READ).told(SEGMENT) is SEGMENT
