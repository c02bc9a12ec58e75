"""Channels of one recording: the speech is heard, wherever in them it stands."""

from __future__ import annotations

import wave
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.speech import RATE_HZ, synthesise
from videobatch.media.container.probe import probe
from videobatch.media.sound.mixing import Mixer, mixed
from videobatch.media.sound.pcm import PcmReader
from videobatch.media.sound.segments import AudioReader
from videobatch.records import SAMPLE_RATE_HZ

Sound = NDArray[np.float64]

TEXT = (
    "Good morning. Today we will talk about the history of the steam engine, and why it changed "
    "the way that people worked. The first one was slow and heavy."
)


@cache
def speech(text: str = TEXT) -> Sound:
    """Real words with pauses at both ends."""
    said = synthesise(text).astype(np.float64) / 32768
    pause = np.zeros(RATE_HZ // 2)
    return np.concatenate([pause, 0.3 * said / np.abs(said).max(), pause])


def times_s() -> Sound:
    return np.arange(len(speech())) / RATE_HZ


def hum() -> Sound:
    t = times_s()
    return 0.3 * np.sin(2 * np.pi * 50 * t) + 0.1 * np.sin(2 * np.pi * 150 * t)


def noise(level: float = 0.1, seed: int = 1) -> Sound:
    return level * np.random.default_rng(seed).standard_normal(len(speech()))


def music(level: float = 0.15) -> Sound:
    """Broken chords, two notes a second, each dying away."""
    t = times_s()
    notes = np.array([262, 330, 392, 523, 440, 349])[(t * 2).astype(int) % 6]
    played: Sound = level * np.sin(2 * np.pi * notes * t) * np.exp(-1.5 * (t * 2 % 1))
    return played


def silence() -> Sound:
    return np.zeros(len(speech()))


def late(sound: Sound, delay_s: float) -> Sound:
    return np.concatenate([np.zeros(round(delay_s * RATE_HZ)), sound])[: len(sound)]


def turning(sound: Sound) -> Sound:
    """The same sound, turned over in its second half."""
    return sound * np.where(times_s() < times_s()[-1] / 2, 1, -1)


def recorded(path: Path, *channels: Sound) -> Path:
    samples = np.stack(channels, axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def heard(path: Path) -> Sound:
    found = probe(path, path.parent)
    assert found.audio is not None
    pieces = [p.samples for p in PcmReader(path, path.parent, found, found.audio)]
    return np.concatenate(pieces).astype(np.float64) / 32768


def likeness(one: Sound, other: Sound) -> float:
    """How alike two sounds are, 0 to 1, whatever their loudness and sign; beside each other to
    within 2 ms, and without the lowest tones, as an ear hears them."""
    size = min(len(one), len(other))
    one, other = np.diff(one[:size], append=0), np.diff(other[:size], append=0)
    spectra = [np.fft.rfft(each, 1 << (2 * size).bit_length()) for each in (one, other)]
    products = np.abs(np.fft.irfft(spectra[0] * np.conj(spectra[1])))
    near = max(products[:32].max(), products[-32:].max())
    return float(near / np.sqrt((one @ one) * (other @ other)))


def clean(sound: Sound, tmp_path: Path) -> Sound:
    return heard(recorded(tmp_path / "clean.wav", sound))


CASES: dict[str, Callable[[], tuple[Sound, ...]]] = {
    "two alike": lambda: (speech(), speech()),
    "turned over": lambda: (speech(), -speech()),
    "turned over and fainter": lambda: (0.5 * speech(), -0.9 * speech()),
    "turned over in the middle": lambda: (speech(), turning(speech())),
    "turned over, with hum in both": lambda: (speech() + 0.1 * hum(), -speech() + 0.1 * hum()),
    "left silent": lambda: (silence(), speech()),
    "right silent": lambda: (speech(), silence()),
    "hum on the left": lambda: (hum(), speech()),
    "hum on the right": lambda: (speech(), hum()),
    "noise on the left": lambda: (noise(), speech()),
    "loud noise on the right": lambda: (0.2 * speech(), noise(0.3)),
    "music on the left": lambda: (music(), speech()),
    "music on the right": lambda: (speech(), music()),
    "one with noise, turned over": lambda: (-speech() + noise(0.05), speech()),
    "a comb: 1 ms late": lambda: (speech(), late(speech(), 0.001)),
    "a comb: 12 ms late, fainter": lambda: (speech(), 0.7 * late(speech(), 0.012)),
    "late and turned over": lambda: (speech(), -late(speech(), 0.0004)),
    "three, one turned over": lambda: (speech(), -speech(), silence()),
    "four microphones, one with speech": lambda: (
        noise(0.02, 1), noise(0.02, 2), speech() + noise(0.001, 3), noise(0.02, 4)),
    "5.1 with speech in the centre": lambda: (
        music(), -music(), speech(), hum(), noise(0.02, 1), noise(0.02, 2)),
    "5.1 with all but the centre silent": lambda: (
        silence(), silence(), speech(), hum(), silence(), silence()),
    "5.1 with speech in front, turned over": lambda: (
        speech(), -speech(), silence(), hum(), silence(), silence()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_speech_is_heard(tmp_path: Path, name: str) -> None:
    sound = heard(recorded(tmp_path / "a.wav", *CASES[name]()))
    assert likeness(sound, clean(speech(), tmp_path)) > 0.93
    assert np.sqrt((sound**2).mean()) > 0.15 * np.sqrt((speech() ** 2).mean())


def test_two_speakers_with_a_microphone_each_are_both_heard(tmp_path: Path) -> None:
    one = speech()
    other = speech("And here is somebody else, who asks a question about the engine in the mine. ")
    other = np.concatenate([np.zeros(len(one) - len(other)), other])
    sound = heard(recorded(tmp_path / "a.wav", one, other))
    for said in (one, other):
        assert likeness(sound, clean(said, tmp_path)) > 0.4
    assert likeness(sound, clean(one + other, tmp_path)) > 0.9


def test_a_speaker_who_is_heard_faintly_by_the_others_microphone(tmp_path: Path) -> None:
    """Each speaks in turn; each microphone hears the other 15 dB fainter and 3 ms later."""
    half = len(speech()) // 2
    one, other = np.array(speech()), np.array(speech())
    one[half:], other[:half] = 0, 0
    channels = one + 0.18 * late(other, 0.003), other + 0.18 * late(one, 0.003)
    sound = heard(recorded(tmp_path / "a.wav", *channels))
    assert likeness(sound, clean(one + other, tmp_path)) > 0.9


def test_equal_files_sound_equal(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.wav", speech(), turning(speech()))
    assert np.array_equal(heard(path), heard(path))


def test_a_choice_stays_through_a_pause(tmp_path: Path) -> None:
    """Music goes on beside a pause of twenty seconds in a quiet room: it is no speech."""
    pause = np.zeros(20 * RATE_HZ)
    said = np.concatenate([speech(), pause, speech()])
    said = said + 0.001 * np.random.default_rng(5).standard_normal(len(said))
    played = np.resize(music(), len(said))
    sound = heard(recorded(tmp_path / "a.wav", said, played))
    middle = slice(int(len(sound) * 0.45), int(len(sound) * 0.55))
    assert np.abs(sound[middle]).max() < 0.01


def test_a_change_of_channels_does_not_click() -> None:
    samples = np.stack([np.full(100, 0.5), np.full(100, -0.5)]).astype(np.float32)
    made = mixed(samples, (1.0, 0.0), (0.0, 1.0), fade=50)
    assert np.abs(np.diff(made)).max() < 0.05
    assert (made[0], made[-1]) == (0.5, -0.5)


def test_what_is_for_a_subwoofer_is_not_listened_to() -> None:
    mixer = Mixer(["FL", "LFE"], 8000)
    window = np.stack([np.zeros(8000), np.ones(8000)]).astype(np.float32)
    for part in [*mixer.feed(window), *mixer.finish()]:
        assert not part.any()


@pytest.mark.parametrize("width_bytes", [1, 2, 3, 4])
def test_every_width_of_samples(tmp_path: Path, width_bytes: int) -> None:
    """As loud as it was, and cut where it was."""
    path = tmp_path / "a.wav"
    high = round(0.5 * (2 ** (8 * width_bytes - 1) - 1)) + (128 if width_bytes == 1 else 0)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(width_bytes)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(high.to_bytes(width_bytes, "little") * 2 * SAMPLE_RATE_HZ)
    assert heard(path)[4000:12000] == pytest.approx(0.5, abs=0.02)


def test_segments_of_a_recording_that_is_turned_over(tmp_path: Path) -> None:
    path = recorded(tmp_path / "phase.wav", speech(), -speech())
    found = probe(path, tmp_path)
    segments = list(AudioReader(path, tmp_path, found, max_segment_s=30))
    assert sum(segment.duration_s for segment in segments) > 8
