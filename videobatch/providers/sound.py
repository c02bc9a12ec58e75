"""What is worth hearing, and the words of a recogniser as plain text."""

from __future__ import annotations

import math
import unicodedata
from typing import Any

from videobatch.records import AudioSegment

LEAST_SAMPLES = 1600
# Below this amplitude (of 32,768) there is nothing to hear, so nothing to pay for.
QUIET = 16


def is_worth_hearing(segment: AudioSegment) -> bool:
    """False for what is shorter than a tenth of a second, or silent."""
    samples = segment.samples
    return len(samples) >= LEAST_SAMPLES and max(int(samples.max()), -int(samples.min())) >= QUIET


def in_segment(value: Any, default: float, segment: AudioSegment) -> float:
    """A time from the segment's start, as one of the video within the segment."""
    at_s = finite(value, default) or 0.0
    return round(segment.start_s + min(max(at_s, 0.0), segment.duration_s), 2)


def finite(value: Any, default: float | None) -> float | None:
    """The number, or the default for what is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else default


def plain_words(text: Any) -> str:
    """One line without control characters, one space between words."""
    if not isinstance(text, str):
        return ""
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cs"})
    return " ".join("".join(kept).split())
