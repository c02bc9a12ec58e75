"""The whisper transcriber, with its module and its model replaced by fakes."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from videobatch.errors import PermanentError, SettingsError
from videobatch.records import AudioSegment
from videobatch.speech.engines import SpeechOptions, make_transcriber
from videobatch.speech.recognisers.pocketsphinx import PocketsphinxTranscriber
from videobatch.speech.recognisers.whisper import NEEDED, WhisperTranscriber


class FakeModel:
    """Says one sentence, and keeps what it was asked."""

    def __init__(self, path: str, **options: Any) -> None:
        self.path, self.options, self.calls = path, options, 0
        if "broken" in path:
            raise RuntimeError("unsupported model binary version")

    def transcribe(self, samples: Any, **options: Any) -> tuple[Iterator[Any], Any]:
        self.calls += 1
        assert samples.dtype == np.float32
        assert options["language"] != "xx" or not self.calls, "unknown language"
        if options["language"] == "la":
            raise ValueError("'la' is not a valid language code")
        parts = [
            SimpleNamespace(start=0.5, end=99.0, text=" 大家好\n ", avg_logprob=-0.5),
            SimpleNamespace(start=1.5, end=2.0, text="  ", avg_logprob=-0.5),
        ]
        return iter(parts), SimpleNamespace(language="zh")


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    for name in NEEDED:
        (folder / name).touch()
    return folder


@pytest.fixture
def faster_whisper(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("faster_whisper")
    module.WhisperModel = FakeModel  # type: ignore[attr-defined]
    module.__spec__ = importlib.util.spec_from_loader("faster_whisper", None)
    monkeypatch.setitem(sys.modules, "faster_whisper", module)


SEGMENT = AudioSegment(1, 10.0, np.zeros(16_000 * 3, np.int16))


@pytest.mark.usefixtures("faster_whisper")
def test_it_gives_times_from_the_start_of_the_video(model_dir: Path) -> None:
    found = WhisperTranscriber(model_dir, "zh").transcribe(SEGMENT)
    assert [(u.start_s, u.end_s, u.text) for u in found] == [(10.5, 13.0, "大家好")]
    assert found[0].confidence == pytest.approx(0.607, abs=0.001)


@pytest.mark.usefixtures("faster_whisper")
def test_a_language_that_the_model_lacks_is_named(model_dir: Path) -> None:
    with pytest.raises(PermanentError, match="not a valid language"):
        WhisperTranscriber(model_dir, "la").transcribe(SEGMENT)


@pytest.mark.usefixtures("faster_whisper")
def test_a_model_that_cannot_be_loaded(model_dir: Path) -> None:
    broken = model_dir.rename(model_dir.with_name("broken"))
    with pytest.raises(SettingsError, match="cannot be loaded") as caught:
        WhisperTranscriber(broken).transcribe(SEGMENT)
    assert "model.bin" in caught.value.hint


def test_without_the_extra_it_says_how_to_install(
    model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(SettingsError, match="not installed") as caught:
        WhisperTranscriber(model_dir).transcribe(SEGMENT)
    assert "pip install" in caught.value.hint


def test_a_missing_folder_and_an_incomplete_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no model folder"):
        WhisperTranscriber(tmp_path / "none")
    with pytest.raises(SettingsError, match=r"lacks model\.bin"):
        WhisperTranscriber(tmp_path)


def test_an_english_model_knows_english_alone(model_dir: Path) -> None:
    assert WhisperTranscriber(model_dir).languages == frozenset()
    english = model_dir.rename(model_dir.with_name("small.en"))
    assert WhisperTranscriber(english).languages == {"en"}


@pytest.mark.usefixtures("faster_whisper")
def test_transcribers_by_name(model_dir: Path) -> None:
    assert isinstance(make_transcriber("pocketsphinx"), PocketsphinxTranscriber)
    options = SpeechOptions(model_dir=model_dir)
    whisper = make_transcriber("whisper", model="small", language="zh", options=options)
    assert (whisper.name, whisper.model, whisper.language) == ("whisper", "small", "zh")
