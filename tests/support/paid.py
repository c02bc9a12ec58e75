"""Paid providers for tests: what a person sets, and the estimate of a folder by it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.submit.wishes import tariff_of, wish_of
from config.settings import load_settings
from tests.support.media import Captions, Recipe, Sound, make_media
from tests.support.speech import ENGINE
from videobatch.submission.estimate import Estimate, estimate
from videobatch.submission.inputs import collect
from videobatch.submission.speech import Sidecars

# A writer at a server of one's own, and nobody who is asked to hear.
OLLAMA = {
    "VIDEOBATCH_PROVIDER": "offline",
    "VIDEOBATCH_WRITER__PROVIDER": "openai",
    "VIDEOBATCH_WRITER__BASE_URL": "http://127.0.0.1:9/v1",
    "VIDEOBATCH_WRITER__MODEL": "llama3.1",
}


def set_openai_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names the provider and the engine of tests, and nothing else."""
    for name in list(os.environ):
        if name.startswith(("VIDEOBATCH_", "OPENAI_", "GEMINI_")) and name not in ENGINE:
            monkeypatch.delenv(name)
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "openai")


def make_minutes(folder: Path) -> Path:
    """A minute of sound, and as much with subtitles inside."""
    make_media(folder / "heard.wav", Recipe(60.0, None, Sound()))
    read = Recipe(60.0, captions=Captions([(1.0, 3.0, "What was said")]))
    make_media(folder / "read.mkv", read)
    return folder


def estimate_of(path: Path, template: str = "summary_report", *given: str) -> Estimate:
    """The estimate of what the path holds, as it is set."""
    settings = load_settings()
    files = collect([path], None, []).found
    wish = wish_of(settings, template, given)
    return estimate(files, wish, tariff_of(settings), Sidecars())
