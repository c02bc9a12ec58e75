"""The words for a person before a paid batch begins: who is paid, and how much."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.submit.agreement import in_words
from cli.submit.wishes import tariff_of, wish_of
from config.settings import load_settings
from tests.support.paid import OLLAMA, estimate_of, make_minutes, set_openai_alone

HEARS_ALONE = {
    "VIDEOBATCH_PROVIDER": "offline",
    "VIDEOBATCH_SPEECH__PROVIDER": "openai",
    "VIDEOBATCH_SPEECH__KEY": "sk-1",
}
BOTH = {
    "VIDEOBATCH_PROVIDER": "offline",
    "VIDEOBATCH_SPEECH__PROVIDER": "openai",
    "OPENAI_API_KEY": "sk-1",
    "VIDEOBATCH_WRITER__PROVIDER": "gemini",
    "GEMINI_API_KEY": "k",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_openai_alone(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_minutes(tmp_path)


@pytest.mark.parametrize(
    ("budget", "least_s", "says"),
    [
        ({}, 0.0, None),
        ({"VIDEOBATCH_BUDGET__REQUESTS_MIN": "10"}, 0.0, None),
        ({"VIDEOBATCH_BUDGET__AUDIO_S_HOUR": "15"}, 4 * 3600.0, "at least 4 h"),
        ({"VIDEOBATCH_BUDGET__AUDIO_S_DAY": "20"}, 3 * 86_400.0, "at least 3 days"),
        ({"VIDEOBATCH_BUDGET__REQUESTS_DAY": "0"}, float("inf"), "at least for ever"),
    ],
)
def test_the_budget_says_how_long_it_lasts(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    budget: dict[str, str],
    least_s: float,
    says: str | None,
) -> None:
    for name, value in {"OPENAI_API_KEY": "sk-1", **budget}.items():
        monkeypatch.setenv(name, value)
    told = estimate_of(folder)
    assert told.least_s == pytest.approx(least_s, rel=0.02)
    settings = load_settings()
    words = in_words(told, wish_of(settings, "summary_report", []), tariff_of(settings))
    assert words.startswith("openai whisper-1 and gpt-6-luna: 2 videos, 1 min of sound, about 3")
    assert (says is None) == ("by the budget" not in words)
    assert says is None or says in words


@pytest.mark.parametrize(
    ("variables", "engine", "writer", "calls", "words"),
    [
        (OLLAMA, "pocketsphinx", "openai", 0, ""),
        # The same server elsewhere is paid for, at a price that nobody knows.
        (
            {**OLLAMA, "VIDEOBATCH_WRITER__BASE_URL": "https://llm.example.org/v1"},
            "pocketsphinx",
            "openai",
            2,
            "openai llama3.1: 2 videos, about 2 calls and up to 2 that ask again, of unknown cost",
        ),
        (
            HEARS_ALONE,
            "openai",
            None,
            1,
            "openai whisper-1: 2 videos, 1 min of sound, about 1 call, about $0.01",
        ),
        (
            BOTH,
            "openai",
            "gemini",
            3,
            "openai whisper-1 and gemini gemini-3.5-flash-lite: 2 videos, 1 min of sound, about 3",
        ),
    ],
)
def test_who_hears_and_who_writes_are_two_choices(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    variables: dict[str, str],
    engine: str,
    writer: str | None,
    calls: int,
    words: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    checked = wish_of(settings, "summary_report", [])
    assert (checked.options.engine, checked.options.writer) == (engine, writer)
    told = estimate_of(folder)
    assert told.calls == calls
    assert not words or in_words(told, checked, tariff_of(settings)).startswith(words)
