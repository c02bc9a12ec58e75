"""Synthetic speech for tests, as the demonstration makes it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cli.demo.speech import RATE_HZ, synthesise
from videobatch.records import SAMPLE_RATE_HZ

# The engine of tests, as a setting.
ENGINE = {"VIDEOBATCH_SPEECH__ENGINE": "pocketsphinx"}

__all__ = ["ENGINE", "RATE_HZ", "resampled", "right_words", "synthesise", "write_wav"]


def resampled(samples: NDArray[np.int16], rate_hz: int = RATE_HZ) -> NDArray[np.int16]:
    """The samples at 16 kHz, by cutting off their spectrum at 8 kHz; for rates above that."""
    count = len(samples) * SAMPLE_RATE_HZ // rate_hz
    spectrum = np.fft.rfft(samples.astype(np.float64))[: count // 2 + 1]
    sound = np.fft.irfft(spectrum, count) * (count / len(samples))
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def right_words(text: str, heard: str) -> int:
    """How many words are right and in order (the longest common subsequence)."""
    said = [word.strip(".,").lower() for word in text.split()]
    got = heard.lower().split()
    best = [0] * (len(got) + 1)
    for word in said:
        above = best
        best = [0]
        for i, other in enumerate(got):
            best.append(above[i] + 1 if word == other else max(best[i], above[i + 1]))
    return best[-1]


def write_wav(path: Path, samples: NDArray[np.int16], rate_hz: int = RATE_HZ) -> None:
    """Writes mono sound, 16 bit."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())
