"""The times of cues: each from its first word on, for as long as it takes to read where there is
time, and never together with another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from videobatch.pipeline.words.cues.rules import (
    GAP_MS,
    LEAST_MS,
    LINGER_MS,
    MOST_MS,
    SHORTEST_MS,
)


@dataclass(frozen=True, slots=True)
class Span:
    """The time in which something is said, and that in which it can be read; in ms."""

    start_ms: int
    end_ms: int
    reading_ms: int


@dataclass(frozen=True, slots=True)
class Pace:
    """The freedom in timing cues: the gap between two, the least that one is shown, and the most
    that it stays after it was said; in ms."""

    gap_ms: int = GAP_MS
    least_ms: int = LEAST_MS
    linger_ms: int = LINGER_MS


# Cues that somebody has timed already.
AS_AUTHORED = Pace(gap_ms=0, least_ms=SHORTEST_MS, linger_ms=0)


def timed(spans: Sequence[Span], pace: Pace) -> Iterator[tuple[int, int]]:
    """Start and end in ms of each cue, in order. The spans are in order of their starts.

    A cue ends a gap before the next one. Where that leaves it no time although it is still said
    (two voices at once), it is shown until it is read, and the next one comes late.
    """
    free_ms = 0
    for place, span in enumerate(spans):
        start_ms = max(span.start_ms, free_ms)
        said_ms = span.end_ms - span.start_ms
        end_ms = _wanted(span, start_ms, pace)
        if place + 1 < len(spans):
            latest_ms = spans[place + 1].start_ms - pace.gap_ms
            # A blink between two cues is closed.
            if end_ms < latest_ms <= span.end_ms + pace.linger_ms:
                end_ms = latest_ms
            end_ms = min(end_ms, latest_ms)
        read_ms = max(pace.least_ms, span.reading_ms)
        floor_ms = max(SHORTEST_MS, min(said_ms - pace.gap_ms, read_ms))
        end_ms = min(max(end_ms, start_ms + floor_ms), start_ms + MOST_MS)
        yield start_ms, end_ms
        free_ms = end_ms + pace.gap_ms


def _wanted(span: Span, start_ms: int, pace: Pace) -> int:
    """The end of the cue if nothing came after it."""
    read_ms = min(start_ms + span.reading_ms, span.end_ms + pace.linger_ms)
    return max(span.end_ms, read_ms, start_ms + pace.least_ms)
