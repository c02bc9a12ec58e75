"""Sound that is not cut yet, in blocks of 20 ms, each with its level and whether it is voiced."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from videobatch.records import SAMPLE_RATE_HZ, AudioSegment

BLOCK = SAMPLE_RATE_HZ // 50
BLOCKS_PER_S = SAMPLE_RATE_HZ // BLOCK

# What is kept around speech, because its edges are soft.
PADDING_BLOCKS = BLOCKS_PER_S // 5
# A silence that ends a segment which is long enough, and one that ends any.
BREAK_BLOCKS = 2 * BLOCKS_PER_S
LONG_BREAK_BLOCKS = 10 * BLOCKS_PER_S
# Less than 60 ms of sound in a whole segment is a click.
LEAST_VOICED_BLOCKS = 3
QUIET_WINDOW_BLOCKS = BLOCKS_PER_S // 5


class Tape:
    """Samples that are not cut yet, with the level and the voice of each of their blocks."""

    def __init__(self, start_s: float) -> None:
        self._origin_s = start_s
        self._position = 0  # Blocks since the origin; times are counted, never summed up.
        # Pages, so that a long segment is copied once, when it is cut.
        self._pages: deque[NDArray[np.int16]] = deque()
        self._samples = 0
        self._levels = np.empty(0, np.float32)
        self._voiced = np.empty(0, np.bool_)

    def __len__(self) -> int:
        return len(self._voiced)

    @property
    def start_s(self) -> float:
        return self._origin_s + self._position / BLOCKS_PER_S

    @property
    def end_s(self) -> float:
        return self.start_s + self._samples / SAMPLE_RATE_HZ

    def append(
        self, samples: NDArray[np.int16], levels: NDArray[np.float32], voiced: NDArray[np.bool_]
    ) -> None:
        self._pages.append(samples)
        self._samples += len(samples)
        self._levels = np.concatenate([self._levels, levels])
        self._voiced = np.concatenate([self._voiced, voiced])

    def drop_leading_silence(self) -> None:
        first = int(np.argmax(self._voiced)) if self._voiced.any() else len(self)
        if first > PADDING_BLOCKS:
            self._pull(first - PADDING_BLOCKS, None)

    def cut_length(self, min_blocks: int, max_blocks: int) -> int | None:
        """Blocks of the next segment, or None if it may still grow."""
        for begin, end, is_voiced in runs(self._voiced[: max_blocks + BREAK_BLOCKS]):
            silent = 0 if is_voiced or begin == 0 else end - begin
            enough = BREAK_BLOCKS if begin >= min_blocks else LONG_BREAK_BLOCKS
            if silent >= enough and begin + PADDING_BLOCKS <= max_blocks:
                return begin + PADDING_BLOCKS
        return self._best_cut(max_blocks) if len(self) > max_blocks else None

    def _best_cut(self, max_blocks: int) -> int:
        """The middle of the longest silence in the second half, else of its quietest 0.2 s."""
        half = max_blocks // 2
        silences = [r for r in runs(self._voiced[half:max_blocks]) if not r[2]]
        begin, end, _ = max(silences, key=lambda r: r[1] - r[0], default=(0, 0, False))
        if end - begin >= QUIET_WINDOW_BLOCKS // 2:
            return half + (begin + end) // 2
        window = np.ones(QUIET_WINDOW_BLOCKS, np.float32)
        sums = np.convolve(self._levels[half:max_blocks], window, "valid")
        return half + int(np.argmin(sums)) + QUIET_WINDOW_BLOCKS // 2

    def voiced_length(self) -> int:
        """Blocks up to the last voiced one and its padding."""
        last = len(self) - int(np.argmax(self._voiced[::-1])) if self._voiced.any() else 0
        return min(len(self), last + PADDING_BLOCKS)

    def take(self, index: int, blocks: int) -> AudioSegment | None:
        """Cuts the segment off; None if there is no more than a click in it."""
        is_sound = int(self._voiced[:blocks].sum()) >= LEAST_VOICED_BLOCKS
        start_s = round(self.start_s, 3)
        samples = np.empty(min(blocks * BLOCK, self._samples), np.int16)
        self._pull(blocks, samples)
        return AudioSegment(index, start_s, samples) if is_sound else None

    def _pull(self, blocks: int, into: NDArray[np.int16] | None) -> None:
        """Takes blocks off the front, page by page, and copies their samples to `into`."""
        left, filled = min(blocks * BLOCK, self._samples), 0
        self._samples -= left
        while left:
            page = self._pages.popleft()
            if len(page) > left:
                # A copy, so that the rest does not keep the whole page alive.
                self._pages.appendleft(page[left:].copy())
                page = page[:left]
            if into is not None:
                into[filled : filled + len(page)] = page
            filled += len(page)
            left -= len(page)
        self._levels = self._levels[blocks:]
        self._voiced = self._voiced[blocks:]
        self._position += blocks


def levels_db(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """The level of each block in dB below full scale; a last, shorter block counts too."""
    blocks = -(-len(samples) // BLOCK)
    scaled = np.zeros(blocks * BLOCK, np.float32)
    scaled[: len(samples)] = samples
    scaled /= 32768
    shaped = scaled.reshape(blocks, BLOCK)
    # The mean is taken away, because a constant offset is no sound.
    power = np.maximum(shaped.var(axis=1), 1e-12)
    levels: NDArray[np.float32] = 10 * np.log10(power)
    return levels


def runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int, bool]]:
    """Begin, end and value of each stretch of equal flags."""
    if not len(flags):
        return
    edges = np.flatnonzero(flags[1:] != flags[:-1]) + 1
    bounds = [0, *edges.tolist(), len(flags)]
    for begin, end in pairwise(bounds):
        yield begin, end, bool(flags[begin])
