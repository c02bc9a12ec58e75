"""The channels of a recording that have the speech, and those of them that may be added up.

Two channels that hold the same sound turned over, or a little later, cancel each other in part or
altogether when they are added; a channel of hum, noise or music only covers the speech of another.
So a few seconds around each moment are looked at: what is the same is taken once, what is not
speech beside speech is left out, and what is different speech is added up. Nothing is known where
nobody speaks: then the choice stays as it is. Everything depends on the samples alone.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from enum import Enum
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

# The sound is looked at as differences of samples at about this rate: a telephone's band, in
# which hum and a constant offset count for nothing.
LOOK_RATE_HZ = 8_000
BLOCKS_PER_S = 50

# A mean square below this (-80 dB) is silence; a second this much below a channel's loudest is a
# pause of it.
FLOOR = 1e-8
PAUSE = 1e-3

# The share of a level's changes that is of a syllable's length (2 to 8 Hz). Measured over 9 s:
# speech 0.08 to 0.15, music 0.001 to 0.014, noise and hum below 0.001.
SPEECH_SHARE = 0.03
SYLLABLES_HZ = (2.0, 8.0)
# A channel with less than this part of the best one's share is not speech beside it.
BESIDE = 0.3

# Correlations of a second of sound. Voices that have nothing to do with each other stay within
# 0.3 at any delay; microphones stand up to 17 m apart.
SAME, TURNED_OVER, DELAYED = 0.5, -0.5, 0.5
MOST_DELAY_S = 0.05
# Half a second of a window is enough to look for a delay in.
DELAY_SAMPLES = 4096
# Where two channels' levels part by more than this and back, each has a speaker of its own.
OWN_SPEAKER_DB = 10.0
# A choice stays unless another channel is so much better.
STAYS_DB = 6.0

Weights = tuple[float, ...]


class Relation(Enum):
    """The way two channels go together: added up they gain, lose, or are two different things."""

    SAME = "same"
    CANCELLING = "cancelling"
    DIFFERENT = "different"


class SoundWindow:
    """About a second of all channels, as far as the choice needs it."""

    def __init__(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        self._rate_hz = rate_hz / max(1, round(rate_hz / LOOK_RATE_HZ))
        step = max(1, round(rate_hz / LOOK_RATE_HZ))
        count = samples.shape[1] // step
        # A product with a vector is far quicker than a mean of so short rows.
        even = np.full(step, 1 / step, np.float32)
        coarse = [each[: count * step].reshape(count, step) @ even for each in samples]
        self._looks: NDArray[np.float32] = np.diff(np.stack(coarse), axis=1)
        self._delays: dict[tuple[int, int], float] = {}

    @cached_property
    def _products(self) -> list[list[float]]:
        looks = self._looks
        products: NDArray[np.float64] = (looks @ looks.T) / np.float64(max(1, looks.shape[1]))
        # Numbers of Python's own: they are asked for one by one, and often.
        found: list[list[float]] = products.tolist()
        return found

    def energy(self, channel: int) -> float:
        """The mean square of the channel's differences."""
        return self._products[channel][channel]

    def correlation(self, one: int, other: int) -> float:
        """-1 (turned over) to 1 (the same)."""
        scale = math.sqrt(self.energy(one) * self.energy(other))
        return self._products[one][other] / scale if scale else 0.0

    def knows_delay(self, one: int, other: int) -> bool:
        """True where `delayed` has been worked out: what costs most is asked last."""
        return _pair(one, other) in self._delays

    def delayed(self, one: int, other: int) -> float:
        """The largest correlation, 0 to 1, at any delay and of either sign."""
        key = _pair(one, other)
        if key not in self._delays:
            self._delays[key] = self._most_correlated(*key)
        return self._delays[key]

    def _most_correlated(self, one: int, other: int) -> float:
        most = int(MOST_DELAY_S * self._rate_hz)
        looks = self._looks[[one, other], : DELAY_SAMPLES - most]
        scale = math.sqrt(math.prod(float(each @ each) for each in looks))
        if not scale or looks.shape[1] <= most:
            return 0.0
        spectra = np.fft.rfft(looks, DELAY_SAMPLES)
        products = np.fft.irfft(spectra[0] * np.conj(spectra[1]), DELAY_SAMPLES)
        near = np.concatenate([products[: most + 1], products[-most:]])
        return max(float(near.max()), -float(near.min())) / scale

    @cached_property
    def levels(self) -> NDArray[np.float32]:
        """The amplitude of each channel in each fiftieth of a second."""
        block = max(1, int(self._rate_hz / BLOCKS_PER_S))
        count = self._looks.shape[1] // block
        shaped = self._looks[:, : count * block].reshape(len(self._looks), count, block)
        levels: NDArray[np.float32] = np.sqrt((shaped**2).mean(axis=2))
        return levels


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def plainly_same(window: SoundWindow, channels: Sequence[int]) -> bool:
    """True where nothing has to be decided: silence, or one sound on all channels."""
    energies = [window.energy(each) for each in channels]
    if max(energies) < FLOOR:
        return True
    first = channels[0]
    return min(energies) > 0.5 * max(energies) and all(
        window.correlation(first, each) > 0.9 for each in channels[1:]
    )


def choose(windows: Sequence[SoundWindow], channels: Sequence[int], now: Weights) -> Weights:
    """The weight of each channel in the one that is listened to, for the middle of the windows.

    `channels` are those that may be chosen, the likeliest first; `now` is the choice so far.
    """
    energy = {each: max(window.energy(each) for window in windows) for each in channels}
    sounding = [each for each in channels if energy[each] > FLOOR]
    if not sounding:
        return now
    shares = syllables(windows, sounding)
    best = max(shares.values())
    quality_db = {each: 10 * math.log10(energy[each]) for each in sounding}
    if best >= SPEECH_SHARE:
        kept = [each for each in sounding if shares[each] >= BESIDE * best]
        for each in kept:
            quality_db[each] += 20 * math.log10(shares[each] / best)
    else:
        kept = [each for each in sounding if now[each]] or sounding
    order = sorted(
        kept, key=lambda each: -round(quality_db[each] + (STAYS_DB if now[each] else 0.0))
    )
    return _weights(_groups(windows, order), len(now))


def syllables(windows: Sequence[SoundWindow], channels: Sequence[int]) -> dict[int, float]:
    """The share of each channel's changes of level that is of a syllable's length."""
    levels = np.concatenate([window.levels for window in windows], axis=1)[channels]
    count = levels.shape[1]
    means = levels.mean(axis=1, keepdims=True) if count else np.zeros((len(channels), 1))
    # A silent channel has no changes, whatever it is divided by.
    changes = (levels / np.where(means > 0, means, 1) - 1) * _taper(count)
    spectra = np.fft.rfft(changes, axis=1)[:, _of_syllables(count)]
    powers = np.abs(spectra) ** 2
    shares = np.where(means[:, 0] > 0, powers.sum(axis=1) / max(1, count) ** 2, 0.0)
    return dict(zip(channels, shares.tolist(), strict=True))


@lru_cache(maxsize=32)
def _taper(count: int) -> NDArray[np.float64]:
    return np.hanning(count)


@lru_cache(maxsize=32)
def _of_syllables(count: int) -> slice:
    """The rates of a syllable's length in a spectrum of so many levels."""
    rates_hz = np.fft.rfftfreq(count, 1 / BLOCKS_PER_S)
    lowest_hz, highest_hz = SYLLABLES_HZ
    begin, end = (
        np.searchsorted(rates_hz, lowest_hz),
        np.searchsorted(rates_hz, highest_hz, "right"),
    )
    return slice(int(begin), int(end))


def _groups(windows: Sequence[SoundWindow], order: Sequence[int]) -> list[list[int]]:
    """Channels that gain from each other, in groups; one that would cancel is left out."""
    groups: list[list[int]] = []
    for channel in order:
        for group in groups:
            found = relation(windows, group[0], channel)
            if found is Relation.SAME:
                group.append(channel)
            if found is not Relation.DIFFERENT:
                break
        else:
            groups.append([channel])
    return groups


def relation(windows: Sequence[SoundWindow], one: int, other: int) -> Relation:
    """The way in which two channels go together, over all windows in which both sound."""
    least = [
        max(FLOOR, PAUSE * max(window.energy(each) for window in windows)) for each in (one, other)
    ]
    both = [
        window
        for window in windows
        if window.energy(one) > least[0] and window.energy(other) > least[1]
    ]
    if not both:
        return Relation.DIFFERENT
    plain = [window.correlation(one, other) for window in both]
    if min(plain) < TURNED_OVER:
        return Relation.CANCELLING
    ratios = [window.energy(one) / window.energy(other) for window in both]
    if 10 * math.log10(max(ratios)) - 10 * math.log10(min(ratios)) > OWN_SPEAKER_DB:
        return Relation.DIFFERENT
    if _are_mostly_shifted(both, one, other):
        return Relation.CANCELLING
    return Relation.SAME if statistics.median(plain) >= SAME else Relation.DIFFERENT


def _are_mostly_shifted(windows: Sequence[SoundWindow], one: int, other: int) -> bool:
    """True where in half of the windows or more one channel is the other a little later.

    Windows that were asked before come first, then the newest, whose answers serve longest; none
    is asked once that is settled.
    """
    wanted = (len(windows) + 1) // 2
    left = len(windows)
    newest_first = tuple(reversed(windows))
    for window in sorted(newest_first, key=lambda each: not each.knows_delay(one, other)):
        straight = window.correlation(one, other)
        left -= 1
        if straight < 0.9 and window.delayed(one, other) > max(DELAYED, straight + 0.1):
            wanted -= 1
        if wanted == 0 or wanted > left:
            break
    return wanted == 0


def _weights(groups: Sequence[Sequence[int]], channels: int) -> Weights:
    """Each group as its mean, and the groups so that they seldom overdrive together."""
    share = 1.0 if len(groups) == 1 else 1 / max(2.0, len(groups) ** 0.5)
    weights = [0.0] * channels
    for group in groups:
        for channel in group:
            weights[channel] = share / len(group)
    return tuple(weights)
