"""Real recognition of synthetic speech."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.speech import resampled, right_words, synthesise
from videobatch.records import AudioSegment, Utterance
from videobatch.speech.recognisers.pocketsphinx import PocketsphinxTranscriber

FIRST = (
    "Today we will talk about how water moves around the world. "
    "The sun warms the ocean and the water rises into the air."
)
SECOND = "A computer stores every number as a row of ones and zeros."


@pytest.fixture(scope="module")
def first() -> NDArray[np.int16]:
    return resampled(synthesise(FIRST))


def test_equal_texts_sound_equal(first: NDArray[np.int16]) -> None:
    assert np.array_equal(resampled(synthesise(FIRST)), first)


@pytest.fixture(scope="module")
def second() -> NDArray[np.int16]:
    return resampled(synthesise(SECOND))


@pytest.fixture(scope="module")
def heard(first: NDArray[np.int16]) -> tuple[Utterance, ...]:
    return PocketsphinxTranscriber().transcribe(AudioSegment(0, 100.0, first))


def test_at_least_half_of_the_words_are_right(heard: tuple[Utterance, ...]) -> None:
    text = " ".join(u.text for u in heard)
    assert right_words(FIRST, text) >= len(FIRST.split()) / 2, text


def test_lines_have_times_from_the_start_of_the_video_and_plain_words(
    heard: tuple[Utterance, ...], first: NDArray[np.int16]
) -> None:
    assert heard
    ends = [at_s for u in heard for at_s in (u.start_s, u.end_s)]
    assert ends == sorted(ends)
    assert ends[0] >= 100.0
    assert ends[-1] <= 100.0 + len(first) / 16_000
    for utterance in heard:
        assert not set(utterance.text) & set("<>[]()+")
        assert utterance.confidence is not None
        assert 0 <= utterance.confidence <= 1


def test_a_segment_gives_the_same_after_any_other(
    first: NDArray[np.int16], second: NDArray[np.int16]
) -> None:
    """Resuming after a crash starts at a later segment, with a fresh decoder."""
    transcriber = PocketsphinxTranscriber()
    loud = np.random.default_rng(7).integers(-30_000, 30_000, 32_000).astype(np.int16)
    PocketsphinxTranscriber._decoders.clear()
    fresh = transcriber.transcribe(AudioSegment(0, 0.0, second))
    for before in (first, loud, np.zeros(16_000, np.int16)):
        transcriber.transcribe(AudioSegment(0, 0.0, before))
        assert transcriber.transcribe(AudioSegment(0, 0.0, second)) == fresh


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.05, 0.1, 0.5, 3.0])
def test_silence_and_scraps_hold_no_words(seconds: float) -> None:
    silence = np.zeros(int(seconds * 16_000), np.int16)
    assert PocketsphinxTranscriber().transcribe(AudioSegment(0, 0.0, silence)) == ()


def test_nothing_is_written_to_standard_error(
    second: NDArray[np.int16], capfd: pytest.CaptureFixture[str]
) -> None:
    PocketsphinxTranscriber._decoders.clear()
    transcriber = PocketsphinxTranscriber()
    transcriber.transcribe(AudioSegment(0, 0.0, second))
    transcriber.transcribe(AudioSegment(1, 9.0, np.zeros(1600, np.int16)))
    assert capfd.readouterr() == ("", "")
