"""Cutting sound at its silences, as it streams by: segments of bounded length, and the pauses.

A block of 20 ms is silent if its level lies less than 10 dB above the noise floor, which is the
tenth percentile of the blocks of the last half minute. The threshold stays between -65 and
-40 dBFS, so that steady loud sound is never taken for silence, nor hiss for speech. Everything
depends on the samples and the limits alone: equal input gives equal segments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from videobatch.media.sound.pcm import Pcm
from videobatch.media.sound.tape import (
    BLOCK,
    BLOCKS_PER_S,
    QUIET_WINDOW_BLOCKS,
    Tape,
    levels_db,
    runs,
)
from videobatch.records import SAMPLE_RATE_HZ, AudioSegment

PAGE_BLOCKS = 10 * BLOCKS_PER_S
FLOOR_PAGES = 3

FLOOR_PERCENTILE = 10
ABOVE_FLOOR_DB = 10.0
QUIETEST_DB, LOUDEST_DB = -65.0, -40.0

# Time stamps are as exact as this. A gap up to a breath is filled with silence, because sound
# with many small holes would otherwise fall into as many segments.
ROUNDING_S, FILLED_GAP_S = 0.02, 1.0

PAUSE_BLOCKS = int(0.7 * BLOCKS_PER_S)
MAX_PAUSES = 20_000


class Segmenter:
    """Takes pieces of sound in the order of their times and gives segments.

    No segment is longer than `max_segment_s`; one that has reached `min_segment_s` ends at the
    next silence of 2 s. Silence between segments is left out, and larger gaps of the time stamps
    end a segment. `pauses` are the silences of at least 0.7 s so far, gaps included.
    """

    def __init__(self, max_segment_s: float, min_segment_s: float) -> None:
        self._max_blocks = max(2 * QUIET_WINDOW_BLOCKS, int(max_segment_s * BLOCKS_PER_S))
        self._min_blocks = min(self._max_blocks // 2, int(min_segment_s * BLOCKS_PER_S))
        self._tape = Tape(0.0)
        self._rest: list[NDArray[np.int16]] = []
        self._rest_samples = 0
        self._next_s: float | None = None
        self._levels: deque[NDArray[np.float32]] = deque(maxlen=FLOOR_PAGES)
        self._count = 0
        self._quiet_since_s: float | None = None
        self.pauses: list[tuple[float, float]] = []

    def feed(self, piece: Pcm) -> Iterator[AudioSegment]:
        """The segments that this piece completes."""
        gap_s = None if self._next_s is None else piece.start_s - self._next_s
        if gap_s is None or not -ROUNDING_S <= gap_s <= FILLED_GAP_S:
            yield from self._break(piece.start_s)
        elif gap_s > ROUNDING_S:
            self._append(np.zeros(round(gap_s * SAMPLE_RATE_HZ), np.int16))
        self._append(piece.samples)
        self._next_s = piece.start_s + len(piece.samples) / SAMPLE_RATE_HZ
        if self._rest_samples >= PAGE_BLOCKS * BLOCK:
            yield from self._pages(partial=False)

    def _append(self, samples: NDArray[np.int16]) -> None:
        self._rest.append(samples)
        self._rest_samples += len(samples)

    def finish(self) -> Iterator[AudioSegment]:
        """The last segments. The segmenter is used up afterwards."""
        yield from self._flush()
        self._close_pause(self._tape.end_s)

    def _break(self, start_s: float) -> Iterator[AudioSegment]:
        """Ends what came before a jump of the time stamps and starts anew at `start_s`."""
        yield from self._flush()
        if self._quiet_since_s is None and self._next_s is not None:
            self._quiet_since_s = self._next_s
        self._tape = Tape(start_s)

    def _flush(self) -> Iterator[AudioSegment]:
        yield from self._pages(partial=True)
        yield from self._cuts(is_last=True)

    def _pages(self, *, partial: bool) -> Iterator[AudioSegment]:
        """Moves whole pages (at the end also what is left) to the tape, and cuts there."""
        samples = np.concatenate(self._rest) if self._rest else np.empty(0, np.int16)
        page = PAGE_BLOCKS * BLOCK
        while len(samples) >= page or (partial and len(samples)):
            self._take(samples[:page])
            samples = samples[page:]
            yield from self._cuts(is_last=False)
        self._rest = [samples] if len(samples) else []
        self._rest_samples = len(samples)

    def _take(self, samples: NDArray[np.int16]) -> None:
        levels = levels_db(samples)
        self._levels.append(levels)
        floor_db = float(np.percentile(np.concatenate(self._levels), FLOOR_PERCENTILE))
        threshold_db = min(max(floor_db + ABOVE_FLOOR_DB, QUIETEST_DB), LOUDEST_DB)
        voiced = levels > threshold_db
        self._note_pauses(voiced, self._tape.end_s)
        self._tape.append(samples, levels, voiced)

    def _cuts(self, *, is_last: bool) -> Iterator[AudioSegment]:
        tape = self._tape
        while True:
            tape.drop_leading_silence()
            length = tape.cut_length(self._min_blocks, self._max_blocks)
            if length is None and is_last and len(tape):
                length = tape.voiced_length()
            if length is None:
                return
            segment = tape.take(self._count, min(length, self._max_blocks))
            if segment is not None:
                self._count += 1
                yield segment

    def _note_pauses(self, voiced: NDArray[np.bool_], start_s: float) -> None:
        for begin, end, is_voiced in runs(voiced):
            if is_voiced:
                self._close_pause(start_s + begin / BLOCKS_PER_S)
            elif self._quiet_since_s is None and end > begin:
                self._quiet_since_s = start_s + begin / BLOCKS_PER_S

    def _close_pause(self, end_s: float) -> None:
        begin_s, self._quiet_since_s = self._quiet_since_s, None
        if begin_s is None or end_s - begin_s < PAUSE_BLOCKS / BLOCKS_PER_S:
            return
        self.pauses.append((round(begin_s, 3), round(end_s, 3)))
        if len(self.pauses) > MAX_PAUSES:
            # The longer half says more about where chapters begin.
            longest = sorted(self.pauses, key=lambda p: p[0] - p[1])[: MAX_PAUSES // 2]
            self.pauses = sorted(longest)
