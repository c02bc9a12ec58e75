"""The whisper recogniser with a scripted model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.whisper import FakeWhisper, install, model_folder


@pytest.fixture
def whisper(monkeypatch: pytest.MonkeyPatch) -> FakeWhisper:
    return install(monkeypatch)


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    return model_folder(tmp_path)
