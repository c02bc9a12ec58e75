"""The stretches of a sound in which somebody speaks, and the windows that a model hears them in."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videobatch.records import SAMPLE_RATE_HZ

# A model hears 30 s at a time; the rest of a window is for the padding of its ends.
WINDOW_S = 29.0
# Kept around speech, because its edges are soft; a shorter pause is kept whole.
PADDING_S = 0.4
LEAST_PAUSE_MS = 250
# The share of a window behind which it may end at a pause, and the longest one there is chosen.
FULL = 0.6
TOUCHING_S = 0.001


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a segment's sound, in seconds from its start."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


Window = tuple[Stretch, ...]


def find_speech(samples: NDArray[np.float32]) -> tuple[Stretch, ...]:
    """The stretches of speech, by the detector that comes with faster-whisper; none is longer than
    a window. Equal samples give equal stretches."""
    vad: Any = importlib.import_module("faster_whisper.vad")
    options = vad.VadOptions(
        min_silence_duration_ms=LEAST_PAUSE_MS,
        max_speech_duration_s=WINDOW_S - 2 * PADDING_S,
        speech_pad_ms=0,
    )
    return tuple(
        Stretch(found["start"] / SAMPLE_RATE_HZ, found["end"] / SAMPLE_RATE_HZ)
        for found in vad.get_speech_timestamps(samples, options)
    )


def windows(speech: Sequence[Stretch], until_s: float) -> tuple[Window, ...]:
    """The stretches packed into windows, each the parts of the sound that are heard together; a
    window ends at a long pause. `until_s` is the length of the whole sound."""
    found: list[Window] = []
    padded = _padded(speech, until_s)
    first = 0
    while first < len(padded):
        count = _fitting(speech[first:], padded[first:])
        found.append(_joined(padded[first : first + count]))
        first += count
    return tuple(found)


def _fitting(speech: Sequence[Stretch], padded: Sequence[Stretch]) -> int:
    """The number of stretches of the next window: all that fit if nothing is behind them, else up
    to the longest pause of those that nearly fill it."""
    lengths_s = list(accumulate(part.duration_s for part in padded))
    most = max(1, sum(length_s <= WINDOW_S for length_s in lengths_s))
    if most == len(padded):
        return most
    full = [n for n in range(1, most + 1) if lengths_s[n - 1] >= FULL * WINDOW_S]
    return max(full or [most], key=lambda n: speech[n].start_s - speech[n - 1].end_s)


def _padded(speech: Sequence[Stretch], until_s: float) -> list[Stretch]:
    """The stretches with what is around them, up to the middle of a short pause."""
    ends_s = [0.0, *(part.end_s for part in speech)]
    starts_s = [*(part.start_s for part in speech), until_s]
    room_s = [
        max(0.0, start_s - end_s) / (1 if number in (0, len(speech)) else 2)
        for number, (start_s, end_s) in enumerate(zip(starts_s, ends_s, strict=True))
    ]
    return [
        Stretch(
            part.start_s - min(PADDING_S, room_s[number]),
            part.end_s + min(PADDING_S, room_s[number + 1]),
        )
        for number, part in enumerate(speech)
    ]


def _joined(parts: Sequence[Stretch]) -> Window:
    """The parts in order, those that touch as one."""
    found: list[Stretch] = []
    for part in parts:
        if found and part.start_s - found[-1].end_s < TOUCHING_S:
            found[-1] = Stretch(found[-1].start_s, part.end_s)
        else:
            found.append(part)
    return tuple(found)


def cut_out(samples: NDArray[np.float32], window: Window) -> NDArray[np.float32]:
    """The sound of the window, its parts one after the other."""
    return np.concatenate(
        [
            samples[round(part.start_s * SAMPLE_RATE_HZ) : round(part.end_s * SAMPLE_RATE_HZ)]
            for part in window
        ]
    )


def placed(window: Window, start_s: float, end_s: float) -> tuple[float, float]:
    """Times within a window's sound as those of the segment. What lies over a cut is in the part
    that holds its middle."""
    middle_s, passed_s = (start_s + end_s) / 2, 0.0
    for part in window[:-1]:
        if middle_s < passed_s + part.duration_s:
            break
        passed_s += part.duration_s
    else:
        part = window[-1]
    shift_s = part.start_s - passed_s
    begin_s = min(max(start_s + shift_s, part.start_s), part.end_s)
    return begin_s, min(max(end_s + shift_s, begin_s), part.end_s)
