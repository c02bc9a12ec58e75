"""The choice of channels is quick, and still what its rules say when each is read plainly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.unit.media.sound.test_mixing import CASES, heard, late, recorded, speech
from videobatch.media.sound import channels, mixing
from videobatch.media.sound.channels import (
    BLOCKS_PER_S,
    DELAYED,
    FLOOR,
    OWN_SPEAKER_DB,
    PAUSE,
    SAME,
    SYLLABLES_HZ,
    TURNED_OVER,
    Relation,
    SoundWindow,
)
from videobatch.media.sound.mixing import AROUND

RATE_HZ = 16_000


def plain_syllables(windows: Sequence[SoundWindow], chosen: Sequence[int]) -> dict[int, float]:
    return {each: _plain_share(windows, each) for each in chosen}


def _plain_share(windows: Sequence[SoundWindow], channel: int) -> float:
    levels = np.concatenate([window.levels[channel] for window in windows])
    mean = float(levels.mean()) if len(levels) else 0.0
    if mean <= 0:
        return 0.0
    powers = np.abs(np.fft.rfft((levels / mean - 1) * np.hanning(len(levels)))) ** 2
    rates_hz = np.fft.rfftfreq(len(levels), 1 / BLOCKS_PER_S)
    of_syllables = (rates_hz >= SYLLABLES_HZ[0]) & (rates_hz <= SYLLABLES_HZ[1])
    return float(powers[of_syllables].sum()) / len(levels) ** 2


def plain_relation(windows: Sequence[SoundWindow], one: int, other: int) -> Relation:
    """Every window is asked for its delay, in the order of time."""
    least = [max(FLOOR, PAUSE * max(w.energy(each) for w in windows)) for each in (one, other)]
    both = [w for w in windows if w.energy(one) > least[0] and w.energy(other) > least[1]]
    if not both:
        return Relation.DIFFERENT
    plain = [window.correlation(one, other) for window in both]
    if min(plain) < TURNED_OVER:
        return Relation.CANCELLING
    ratios_db = [10 * np.log10(w.energy(one) / w.energy(other)) for w in both]
    if max(ratios_db) - min(ratios_db) > OWN_SPEAKER_DB:
        return Relation.DIFFERENT
    shifted = [
        straight < 0.9 and window.delayed(one, other) > max(DELAYED, straight + 0.1)
        for window, straight in zip(both, plain, strict=True)
    ]
    if sum(shifted) * 2 >= len(both):
        return Relation.CANCELLING
    return Relation.SAME if float(np.median(plain)) >= SAME else Relation.DIFFERENT


@pytest.mark.parametrize("name", CASES)
def test_the_samples_are_those_of_the_plain_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Bit for bit: what was paid for is found again by the hash of its sound."""
    path = recorded(tmp_path / "a.wav", *CASES[name]())
    quick = heard(path)
    monkeypatch.setattr(channels, "syllables", plain_syllables)
    monkeypatch.setattr(channels, "relation", plain_relation)
    assert np.array_equal(heard(path), quick)


def test_a_delay_is_worked_out_in_no_more_windows_than_settle_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = 0
    work_out = SoundWindow._most_correlated

    def counted(window: SoundWindow, one: int, other: int) -> float:
        nonlocal asked
        asked += 1
        return work_out(window, one, other)

    monkeypatch.setattr(SoundWindow, "_most_correlated", counted)
    rng = np.random.default_rng(1)
    mixer = mixing.Mixer(["FL", "FR"], RATE_HZ)
    seconds = 60
    for _ in range(seconds):
        list(mixer.feed(rng.standard_normal((2, RATE_HZ)).astype(np.float32)))
    # Five of nine windows are a majority.
    assert asked < seconds * (AROUND + 2) / (2 * AROUND + 1)


def test_a_delay_is_the_same_from_either_side() -> None:
    sound = speech()
    both = np.stack([sound, late(sound, 0.004)])[:, RATE_HZ : 2 * RATE_HZ].astype(np.float32)
    window = SoundWindow(both, RATE_HZ)
    assert not window.knows_delay(1, 0)
    assert window.delayed(0, 1) == window.delayed(1, 0)
    assert window.knows_delay(1, 0)
