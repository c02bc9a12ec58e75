"""Sound that is worth hearing, in pieces where it is long; times and words of what was heard."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from typing import Any

from videobatch.records import SAMPLE_RATE_HZ, AudioSegment

LEAST_SAMPLES = 1600
# Below this amplitude (of 32,768) there is nothing to hear, so nothing to pay for.
QUIET = 16
MOST = 1e15
# A tenth of a second, and -41 dB of the most: soft speech in a room.
WINDOW_SAMPLES, LOUD, LOUD_S = 1600, 300.0, 1.0


def is_worth_hearing(segment: AudioSegment) -> bool:
    """False for what is shorter than a tenth of a second, or silent."""
    samples = segment.samples
    return len(samples) >= LEAST_SAMPLES and max(int(samples.max()), -int(samples.min())) >= QUIET


def is_loud(segment: AudioSegment) -> bool:
    """True where somebody may well speak: for a second in all, it is as loud as soft speech."""
    windows = len(segment.samples) // WINDOW_SAMPLES
    if not windows:
        return False
    blocks = segment.samples[: windows * WINDOW_SAMPLES].reshape(windows, WINDOW_SAMPLES)
    loudness = blocks.astype("float32").std(axis=1)
    return int((loudness >= LOUD).sum()) * WINDOW_SAMPLES >= LOUD_S * SAMPLE_RATE_HZ


def in_pieces(segment: AudioSegment, most_s: float) -> Iterator[AudioSegment]:
    """The segment in pieces of at most `most_s`, each cut where the last quarter of it is softest.
    Equal sound is cut in equal places."""
    samples, begin = segment.samples, 0
    most = int(most_s * SAMPLE_RATE_HZ)
    while len(samples) - begin > most:
        late = begin + most - most // 4
        windows = (begin + most - late) // WINDOW_SAMPLES
        blocks = samples[late : late + windows * WINDOW_SAMPLES].reshape(windows, WINDOW_SAMPLES)
        softest = int(blocks.astype("float32").std(axis=1).argmin())
        cut = late + softest * WINDOW_SAMPLES + WINDOW_SAMPLES // 2
        yield _piece(segment, begin, cut)
        begin = cut
    yield _piece(segment, begin, len(samples))


def _piece(segment: AudioSegment, begin: int, end: int) -> AudioSegment:
    if (begin, end) == (0, len(segment.samples)):
        return segment
    start_s = segment.start_s + begin / SAMPLE_RATE_HZ
    return AudioSegment(segment.index, start_s, segment.samples[begin:end])


def in_segment(value: Any, default: float, segment: AudioSegment) -> float:
    """A time from the segment's start, as one of the video within the segment."""
    at_s = finite(value, default) or 0.0
    return round(segment.start_s + min(max(at_s, 0.0), segment.duration_s), 2)


def finite(value: Any, default: float | None) -> float | None:
    """The number, or the default for what is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return default
    # A whole number may be larger than any float.
    return float(value) if abs(value) < MOST and math.isfinite(value) else default


def plain_words(text: Any) -> str:
    """One line without control characters, one space between words."""
    if not isinstance(text, str):
        return ""
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cs"})
    return " ".join("".join(kept).split())
