"""Terms that a model is told: heard as they are written, and never where nobody says them."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from config.settings import PROJECT_ROOT
from tests.support.speech import resampled, synthesise
from tests.support.whisper import FakeWhisper, said
from videobatch.records import SAMPLE_RATE_HZ, AudioSegment
from videobatch.speech.recognisers.whisper.recogniser import WhisperTranscriber
from videobatch.speech.recognisers.whisper.terms import is_recited

BASE = PROJECT_ROOT / ".videobatch" / "models" / "base"
TERMS = ("Tycho Brahe", "thylakoid")
SILENCE = AudioSegment(0, 0.0, np.zeros(2 * SAMPLE_RATE_HZ, np.int16), TERMS)


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        (["Tycho", "Brahe,", "thylakoid."], True),
        (["THYLAKOID"], True),
        (["the", "thylakoid"], False),
        ([], False),
        (["..."], False),
    ],
)
def test_a_recital_is_nothing_but_terms(heard: list[str], found: bool) -> None:
    assert is_recited(heard, TERMS) is found


def test_the_model_is_told(whisper: FakeWhisper, model_dir: Path) -> None:
    whisper.answer = lambda seconds, asked: [said("Light is in the thylakoid.")]
    WhisperTranscriber(model_dir).transcribe(SILENCE)
    WhisperTranscriber(model_dir).transcribe(replace(SILENCE, terms=()))
    assert [asked["hotwords"] for asked in whisper.asked] == ["Tycho Brahe, thylakoid.", None]


def test_what_only_recites_is_heard_again_untold(whisper: FakeWhisper, model_dir: Path) -> None:
    whisper.answer = lambda seconds, asked: [
        said("Tycho Brahe, thylakoid." if asked["hotwords"] else "Quiet now.")
    ]
    (found,) = WhisperTranscriber(model_dir).transcribe(SILENCE)
    assert found.text == "Quiet now."
    assert [asked["hotwords"] is None for asked in whisper.asked] == [False, True]


@pytest.mark.skipif(not (BASE / "model.bin").is_file(), reason="needs base: `make setup-dev`")
@pytest.mark.skipif(find_spec("espeakng_loader") is None, reason="needs espeak-ng to speak")
def test_a_model_writes_a_term_that_is_said_and_none_that_is_not() -> None:
    spoken = _spoken("Light is caught in the thylakoid. A membrane is around it.")
    told = ("Uraniborg", "thylakoid", "Melanchthon", "Krylov")
    found = WhisperTranscriber(BASE, "en", device="cpu").transcribe(replace(spoken, terms=told))
    text = " ".join(each.text for each in found).lower()
    assert "thylakoid" in text
    assert not any(term.lower() in text for term in told if term != "thylakoid")


def _spoken(text: str) -> AudioSegment:
    return AudioSegment(0, 0.0, resampled(synthesise(text)))
