"""Settings as every process of ours reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import PROJECT_ROOT, load_settings


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("/models/small", Path("/models/small")),
        ("~/models", Path.home() / "models"),
        ("models/small", PROJECT_ROOT / "models" / "small"),
    ],
)
def test_a_folder_means_the_same_in_every_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str, meant: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDEOBATCH_SPEECH__MODEL_DIR", given)
    monkeypatch.setenv("VIDEOBATCH_TEMPLATES_DIR", given)
    settings = load_settings()
    assert settings.speech.model_dir == settings.templates_dir == meant
