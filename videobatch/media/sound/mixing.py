"""Many channels of sound as the one that a recogniser hears, chosen as it streams by."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from videobatch.media.sound.channels import SoundWindow, Weights, choose, plainly_same

# Windows before and after the one that is decided about, each about a second: enough syllables to
# know speech by, and the choice stays for a sentence.
AROUND = 4
# A new choice comes in over this time, so that it does not click.
FADE_S = 0.02

Samples = NDArray[np.float32]


class Mixer:
    """Takes windows of sound, all channels, and gives each as one channel, four windows later.

    `names` are FFmpeg's names of the channels (`FL`, `FC`, ...). Speech is expected in a centre
    first; what is for a subwoofer is never listened to.
    """

    def __init__(self, names: Sequence[str], rate_hz: int) -> None:
        self._rate_hz = rate_hz
        heard = [i for i, name in enumerate(names) if not name.startswith("LFE")]
        heard = heard or list(range(len(names)))
        self._channels = sorted(heard, key=lambda i: names[i] != "FC")
        share = 1 / len(heard)
        self._weights: Weights = tuple(share if i in heard else 0.0 for i in range(len(names)))
        self._windows: deque[SoundWindow] = deque(maxlen=2 * AROUND + 1)
        self._plain: deque[bool] = deque(maxlen=2 * AROUND + 1)
        self._waiting: deque[Samples] = deque()
        self._has_begun = False

    def feed(self, samples: Samples) -> Iterator[Samples]:
        """The windows that can be decided about with this one, shape (n,) each."""
        window = SoundWindow(samples, self._rate_hz)
        self._windows.append(window)
        self._plain.append(plainly_same(window, self._channels))
        self._waiting.append(samples)
        if len(self._waiting) > AROUND:
            yield self._next()

    def finish(self) -> Iterator[Samples]:
        while self._waiting:
            yield self._next()

    def _next(self) -> Samples:
        before = self._weights
        if not (all(self._plain) and self._is_mean(before)):
            self._weights = choose(list(self._windows), self._channels, before)
        if not self._has_begun:
            before, self._has_begun = self._weights, True
        samples = self._waiting.popleft()
        if len(self._waiting) < AROUND and len(self._windows) > AROUND:
            # Nothing more comes: the oldest windows are too far back.
            self._windows.popleft()
            self._plain.popleft()
        return mixed(samples, before, self._weights, round(FADE_S * self._rate_hz))

    def _is_mean(self, weights: Weights) -> bool:
        return len({weights[each] for each in self._channels}) == 1


def mixed(samples: Samples, before: Weights, after: Weights, fade: int) -> Samples:
    """The weighted sum of the channels; a change of weights takes `fade` samples."""
    one: Samples = np.asarray(after, np.float32) @ samples
    if before != after:
        count = min(fade, len(one))
        old = np.asarray(before, np.float32) @ samples[:, :count]
        share = np.linspace(1, 0, count, dtype=np.float32)
        one[:count] = share * old + (1 - share) * one[:count]
    return one


def samples_of(frame: AudioFrame) -> Samples:
    """The samples of a frame of any format, shape (channels, n), -1 to 1."""
    found: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        found = found.reshape(-1, frame.layout.nb_channels).T
    samples: Samples = np.ascontiguousarray(found, np.float32)
    if found.dtype == np.uint8:
        samples -= 128
    if found.dtype.kind in "iu":
        samples /= np.float32(2 ** (8 * found.dtype.itemsize - 1))
    return samples


def frame_of(samples: Samples, rate_hz: int) -> AudioFrame:
    """A frame of one channel."""
    frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="fltp", layout="mono")
    frame.sample_rate = rate_hz
    return frame
