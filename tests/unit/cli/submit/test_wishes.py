"""What a submit to a paid provider asks for: which models, and about how much."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.submit.agreement import Estimate, estimate, in_words
from cli.submit.wishes import check_wish
from config.settings import PROJECT_ROOT, load_settings
from tests.support.media import Captions, Recipe, Sound, make_media
from videobatch.errors import SettingsError
from videobatch.submission.inputs import collect

OWN = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("VIDEOBATCH_", "OPENAI_", "GEMINI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "openai")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A minute of sound, and as much with subtitles inside."""
    sound = Recipe(60.0, None, Sound())
    make_media(tmp_path / "heard.wav", sound)
    read = Recipe(60.0, captions=Captions([(1.0, 3.0, "What was said")]))
    make_media(tmp_path / "read.mkv", read)
    return tmp_path


@pytest.mark.parametrize(
    ("variables", "speech", "writer"),
    [
        ({"OPENAI_API_KEY": "sk-1"}, "whisper-1", "gpt-4.1-mini"),
        ({"OPENAI_API_KEY": "sk-1", "VIDEOBATCH_API__WRITER": "none"}, "whisper-1", None),
        ({"OPENAI_API_KEY": "sk-1", "VIDEOBATCH_API__WRITER": "o9"}, "whisper-1", "o9"),
        ({"OPENAI_API_KEY": "sk-1", "VIDEOBATCH_API__MODEL": "m"}, "m", "gpt-4.1-mini"),
        # Nobody knows which models another server has.
        ({"OPENAI_BASE_URL": OWN}, "whisper-1", None),
        ({"OPENAI_BASE_URL": OWN, "VIDEOBATCH_API__WRITER": "mine"}, "whisper-1", "mine"),
        (
            {"GEMINI_API_KEY": "k", "VIDEOBATCH_PROVIDER": "gemini"},
            "gemini-2.5-flash",
            "gemini-2.5-flash",
        ),
    ],
)
def test_the_models(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    speech: str,
    writer: str | None,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    options = check_wish(load_settings(), "summary_report", []).options
    assert (options.model, options.writer_model) == (speech, writer)
    assert options.writer == (writer and options.engine)
    assert ("writer" in options.as_settings()) == (writer is not None)


@pytest.mark.parametrize(
    ("provider", "variable"), [("openai", "OPENAI_API_KEY"), ("gemini", "GEMINI_API_KEY")]
)
def test_without_a_key_it_says_which(
    monkeypatch: pytest.MonkeyPatch, provider: str, variable: str
) -> None:
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", provider)
    with pytest.raises(SettingsError, match="needs a key") as caught:
        check_wish(load_settings(), "summary_report", [])
    assert variable in caught.value.hint


@pytest.mark.parametrize("unpriced", ["VIDEOBATCH_API__MODEL", "VIDEOBATCH_API__WRITER"])
def test_a_spend_cap_wants_the_price_of_each_model(
    monkeypatch: pytest.MonkeyPatch, unpriced: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("VIDEOBATCH_BUDGET__MONEY_DAY", "5")
    monkeypatch.setenv(unpriced, "nobody-knows")
    with pytest.raises(SettingsError, match="nobody-knows"):
        check_wish(load_settings(), "summary_report", [])


def estimated(monkeypatch: pytest.MonkeyPatch, folder: Path, **variables: str) -> Estimate:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    checked = check_wish(settings, "summary_report", [])
    return estimate(collect([folder], None, []).found, settings, checked)


def test_what_has_subtitles_is_written_of_and_not_listened_to(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    told = estimated(monkeypatch, folder)
    assert (told.videos, told.calls) == (2, 3)
    assert told.audio_s == pytest.approx(60.0, abs=0.5)
    # A minute at 0.006 dollars, and two documents of some thousand tokens.
    assert told.usd is not None
    assert 0.006 < told.usd < 0.006 + 2 * 0.01
    alone = estimated(monkeypatch, folder, VIDEOBATCH_API__WRITER="none")
    assert alone.calls == 1
    assert alone.usd == pytest.approx(0.006, rel=0.01)


def test_short_segments_are_more_calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make_media(tmp_path / "long.wav", Recipe(150.0, None, Sound()))
    short = {"VIDEOBATCH_API__MODEL": "gpt-4o-transcribe", "VIDEOBATCH_API__WRITER": "none"}
    assert estimated(monkeypatch, tmp_path, **short).calls == 3


def test_a_model_without_a_price_costs_one_knows_not_what(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    told = estimated(monkeypatch, folder, VIDEOBATCH_API__WRITER="nobody-knows")
    assert told.usd is None


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
    told = estimated(monkeypatch, folder, **budget)
    assert told.least_s == pytest.approx(least_s, rel=0.02)
    settings = load_settings()
    words = in_words(told, settings, check_wish(settings, "summary_report", []))
    assert words.startswith("openai whisper-1 and gpt-4.1-mini: 2 videos, 1 min of sound, about 3")
    assert (says is None) == ("by the budget" not in words)
    assert says is None or says in words


@pytest.mark.parametrize(("media", "tokens_per_s"), [("audio", 32), ("video", 32 + 68)])
def test_gemini_counts_tokens_of_sound_and_of_pictures(
    monkeypatch: pytest.MonkeyPatch, folder: Path, media: str, tokens_per_s: int
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "k")
    free = folder / "prices.toml"
    # A dollar for a million tokens that go in, and nothing for those that come out.
    free.write_text(
        '[models."gemini-2.5-flash"]\nusd_per_m_tokens_in = 1.0\n'
        "usd_per_m_audio_tokens_in = 1.0\nusd_per_m_tokens_out = 0.0\n"
    )
    told = estimated(
        monkeypatch,
        folder,
        VIDEOBATCH_PROVIDER="gemini",
        VIDEOBATCH_API__MEDIA=media,
        VIDEOBATCH_API__WRITER="none",
        VIDEOBATCH_API__PRICES=str(free),
    )
    assert told.usd == pytest.approx(60 * tokens_per_s / 1e6, rel=0.02)


@pytest.mark.parametrize("context_tokens", ["4000", "16000"])
def test_a_context_smaller_than_an_answer_is_still_estimated(
    monkeypatch: pytest.MonkeyPatch, folder: Path, context_tokens: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("VIDEOBATCH_API__CONTEXT_TOKENS", context_tokens)
    settings = load_settings()
    checked = check_wish(settings, "comprehensive_lesson", ["chapter_points=50", "questions=50"])
    told = estimate(collect([folder], None, []).found, settings, checked)
    assert told.calls > 3


# Hearing and writing apart.

OLLAMA = {
    "VIDEOBATCH_PROVIDER": "offline",
    "VIDEOBATCH_WRITER__PROVIDER": "openai",
    "VIDEOBATCH_WRITER__BASE_URL": "http://127.0.0.1:9/v1",
    "VIDEOBATCH_WRITER__MODEL": "llama3.1",
}
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
            "openai llama3.1: 2 videos, about 2 calls, of unknown cost",
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
            "openai whisper-1 and gemini gemini-2.5-flash: 2 videos, 1 min of sound, about 3 calls",
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
    checked = check_wish(settings, "summary_report", [])
    assert (checked.options.engine, checked.options.writer) == (engine, writer)
    told = estimate(collect([folder], None, []).found, settings, checked)
    assert told.calls == calls
    assert not words or in_words(told, settings, checked).startswith(words)


def test_what_the_recogniser_can_hear_is_asked_of_who_hears(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in OLLAMA.items():
        monkeypatch.setenv(name, value)
    # The built-in recogniser knows English alone, whoever writes.
    assert check_wish(load_settings(), "chinese_transcript", []).languages == {"en"}
    monkeypatch.setenv("VIDEOBATCH_SPEECH__PROVIDER", "gemini")
    monkeypatch.setenv("GEMINI_API_KEY", "k")
    assert check_wish(load_settings(), "chinese_transcript", []).languages == frozenset()


def test_no_one_writes_where_the_settings_say_none_whatever_the_option(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("VIDEOBATCH_WRITER__PROVIDER", "none")
    options = check_wish(load_settings(), "summary_report", [], "openai").options
    assert (options.engine, options.writer) == ("openai", None)
    checked = check_wish(load_settings(), "summary_report", [], "offline")
    assert (checked.hears, checked.writes, checked.provider) == (None, None, "offline")


@pytest.mark.parametrize("group", ["SPEECH", "WRITER"])
def test_each_needs_its_own_key(monkeypatch: pytest.MonkeyPatch, group: str) -> None:
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "offline")
    monkeypatch.setenv(f"VIDEOBATCH_{group}__PROVIDER", "gemini")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    with pytest.raises(SettingsError, match="gemini needs a key"):
        check_wish(load_settings(), "summary_report", [])


def test_a_spend_cap_wants_a_price_of_a_server_of_one_s_own_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may be a gateway to somebody who is paid."""
    for name, value in OLLAMA.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VIDEOBATCH_BUDGET__MONEY_DAY", "5")
    with pytest.raises(SettingsError, match="price of llama"):
        check_wish(load_settings(), "summary_report", [])


def test_a_wish_is_checked_without_a_client_of_any_server() -> None:
    """A command begins at once: what makes calls is loaded by the workers."""
    code = "import cli.submit.wishes, sys; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT).returncode == 0
