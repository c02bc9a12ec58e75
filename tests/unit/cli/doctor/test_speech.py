"""The check of what hearing costs on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.doctor.check import CheckStatus
from cli.doctor.speech import speech
from config.documents import SpeechSettings
from config.settings import Settings
from tests.support.doctor import only
from tests.support.models import MODEL, know, lay_out
from videobatch.errors import PermanentError
from videobatch.speech.models.catalogue import catalogue


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    know(monkeypatch)
    monkeypatch.setattr("cli.doctor.speech.catalogue", lambda: {MODEL.name: MODEL, **catalogue()})
    monkeypatch.setattr("videobatch.speech.engines.find_spec", lambda _: object())
    lay_out(tmp_path / MODEL.name)
    chosen = SpeechSettings(engine="auto", model=MODEL.name, models_dir=tmp_path)
    return Settings(speech=chosen)


def test_the_model_that_is_used_is_measured_and_the_next_one_reckoned(
    settings: Settings, tmp_path: Path
) -> None:
    asked: list[Path] = []

    def measured(folder: Path) -> float:
        asked.append(folder)
        return 100.0

    check = only(speech(settings, measured))
    assert asked == [tmp_path / MODEL.name]
    assert check.status is CheckStatus.OK
    assert check.found.startswith(
        "small.up: an hour of speech takes 100 s of one processor, measured"
    )
    assert "`videobatch models get base`, 148 MB" in check.found


def test_a_model_that_cannot_be_measured_is_told(settings: Settings) -> None:
    def fail(folder: Path) -> float:
        raise PermanentError("it takes longer than 20 s")

    check = only(speech(settings, fail))
    assert check.status is CheckStatus.WARN
    assert "longer than 20 s" in check.found


@pytest.mark.parametrize(
    "speech_settings",
    [
        SpeechSettings(engine="pocketsphinx"),
        SpeechSettings(engine="auto", models_dir=Path("/nowhere")),
        SpeechSettings(engine="whisper", models_dir=Path("/nowhere")),
        SpeechSettings(provider="openai"),
    ],
)
def test_nothing_is_measured_where_whisper_does_not_hear(speech_settings: SpeechSettings) -> None:
    def never(folder: Path) -> float:
        raise AssertionError("it was measured")

    assert list(speech(Settings(speech=speech_settings), never)) == []
