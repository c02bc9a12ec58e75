"""Wishes to a paid provider: which models, by which settings."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cli.submit.wishes import wish_of
from config.settings import PROJECT_ROOT, load_settings
from tests.support.paid import OLLAMA, set_openai_alone
from videobatch.errors import SettingsError
from videobatch.pipeline.options import DocumentOptions

OWN = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_openai_alone(monkeypatch)


@pytest.mark.parametrize(
    ("variables", "speech", "writer"),
    [
        ({"OPENAI_API_KEY": "sk-1"}, "whisper-1", "gpt-6-luna"),
        ({"OPENAI_API_KEY": "sk-1", "VIDEOBATCH_API__WRITER": "none"}, "whisper-1", None),
        ({"OPENAI_API_KEY": "sk-1", "VIDEOBATCH_API__WRITER": "o9"}, "whisper-1", "o9"),
        ({"OPENAI_API_KEY": "sk-1", "VIDEOBATCH_API__MODEL": "m"}, "m", "gpt-6-luna"),
        # Nobody knows which models another server has.
        ({"OPENAI_BASE_URL": OWN}, "whisper-1", None),
        ({"OPENAI_BASE_URL": OWN, "VIDEOBATCH_API__WRITER": "mine"}, "whisper-1", "mine"),
        (
            {"GEMINI_API_KEY": "k", "VIDEOBATCH_PROVIDER": "gemini"},
            "gemini-3.5-flash-lite",
            "gemini-3.5-flash-lite",
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
    options = wish_of(load_settings(), "summary_report", []).options
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
        wish_of(load_settings(), "summary_report", [])
    assert variable in caught.value.hint


@pytest.mark.parametrize("unpriced", ["VIDEOBATCH_API__MODEL", "VIDEOBATCH_API__WRITER"])
def test_a_spend_cap_wants_the_price_of_each_model(
    monkeypatch: pytest.MonkeyPatch, unpriced: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("VIDEOBATCH_BUDGET__MONEY_DAY", "5")
    monkeypatch.setenv(unpriced, "nobody-knows")
    with pytest.raises(SettingsError, match="nobody-knows"):
        wish_of(load_settings(), "summary_report", [])


def test_what_the_recogniser_can_hear_is_asked_of_who_hears(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in OLLAMA.items():
        monkeypatch.setenv(name, value)
    # The built-in recogniser knows English alone, whoever writes.
    assert wish_of(load_settings(), "chinese_transcript", []).languages == {"en"}
    monkeypatch.setenv("VIDEOBATCH_SPEECH__PROVIDER", "gemini")
    monkeypatch.setenv("GEMINI_API_KEY", "k")
    assert wish_of(load_settings(), "chinese_transcript", []).languages == frozenset()


def test_no_one_writes_where_the_settings_say_none_whatever_the_option(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("VIDEOBATCH_WRITER__PROVIDER", "none")
    options = wish_of(load_settings(), "summary_report", [], "openai").options
    assert (options.engine, options.writer) == ("openai", None)
    checked = wish_of(load_settings(), "summary_report", [], "offline")
    assert (checked.hears, checked.writes, checked.provider) == (None, None, "offline")


@pytest.mark.parametrize("group", ["SPEECH", "WRITER"])
def test_each_needs_its_own_key(monkeypatch: pytest.MonkeyPatch, group: str) -> None:
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "offline")
    monkeypatch.setenv(f"VIDEOBATCH_{group}__PROVIDER", "gemini")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    with pytest.raises(SettingsError, match="gemini needs a key"):
        wish_of(load_settings(), "summary_report", [])


def test_a_spend_cap_wants_a_price_of_a_server_of_one_s_own_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may be a gateway to somebody who is paid."""
    for name, value in OLLAMA.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VIDEOBATCH_BUDGET__MONEY_DAY", "5")
    with pytest.raises(SettingsError, match="price of llama"):
        wish_of(load_settings(), "summary_report", [])


def test_a_spend_cap_wants_the_price_of_sound_of_who_hears(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "AIza-1")
    monkeypatch.setenv("VIDEOBATCH_SPEECH__PROVIDER", "gemini")
    monkeypatch.setenv("VIDEOBATCH_SPEECH__MODEL", "gemini-3.1-flash-lite")
    monkeypatch.setenv("VIDEOBATCH_WRITER__MODEL", "none")
    wish_of(load_settings(), "summary_report", [])
    monkeypatch.setenv("VIDEOBATCH_BUDGET__MONEY_DAY", "5")
    with pytest.raises(SettingsError, match=r"gemini-3\.1-flash-lite is not known where it hears"):
        wish_of(load_settings(), "summary_report", [])


def test_a_wish_is_checked_without_a_client_of_any_server() -> None:
    """A command begins at once: what makes calls is loaded by the workers."""
    code = "import cli.submit.wishes, sys; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT).returncode == 0


@pytest.mark.parametrize(
    ("read", "is_here", "expected"),
    [
        ("auto", True, True),
        ("auto", False, False),
        ("on", False, True),
        ("off", True, False),
        ("off", False, False),
    ],
)
def test_slides_are_read_where_this_machine_can_or_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch, read: str, is_here: bool, expected: bool
) -> None:
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "offline")
    monkeypatch.setenv("VIDEOBATCH_SLIDES__READ", read)
    monkeypatch.setenv("VIDEOBATCH_SLIDES__MAX_COUNT", "7")
    monkeypatch.setattr("cli.submit.wishes.is_installed", lambda: is_here)
    options = wish_of(load_settings(), "summary_report", []).options
    assert options.slides is expected
    # Documents without slides stay what they are.
    told = options.as_settings()
    assert [name for name in told if "slides" in name] == (
        ["slides", "max_slides", "slides_cpu_s"] if expected else []
    )
    assert DocumentOptions.of(told).slides is expected
    assert told.get("max_slides") == (7 if expected else None)


def test_another_language_is_another_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "offline")
    wishes = {
        given: wish_of(load_settings(), "summary_report", [], language=given)
        for given in (None, "en", "zh", "zh-CN")
    }
    prints = {given: each.wish.fingerprint for given, each in wishes.items()}
    assert len({prints[None], prints["en"], prints["zh"]}) == 3
    assert prints["zh-CN"] == prints["zh"]
    assert DocumentOptions.of(wishes["zh-CN"].wish.settings).document_language == "zh"
    assert "document_language" not in wishes[None].wish.settings
    transcripts = [
        wish_of(load_settings(), "chinese_transcript", [], language=given).wish.fingerprint
        for given in (None, "zh")
    ]
    assert len(set(transcripts)) == 1
    with pytest.raises(SettingsError, match="no headings in 'fr'"):
        wish_of(load_settings(), "summary_report", [], language="fr")


def test_an_option_names_documents_before_the_setting_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBATCH_NAME_PATTERN", "{title}, {template}")
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "offline")
    named = wish_of(load_settings(), "summary_report", [], name_pattern="{folder} {template}")
    assert named.options.name_pattern == "{folder} {template}"
    assert wish_of(load_settings(), "summary_report", []).options.name_pattern == (
        "{title}, {template}"
    )
    monkeypatch.setenv("VIDEOBATCH_NAME_PATTERN", "{author}")
    with pytest.raises(SettingsError, match="has no field"):
        wish_of(load_settings(), "summary_report", [])
