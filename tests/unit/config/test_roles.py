"""Who hears and who writes: the newer names, the older ones, and which of them wins."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from config.access import ProviderAccess, load_access
from config.roles import Group, names
from config.settings import Settings, load_settings
from videobatch.errors import SettingsError
from videobatch.providers.roles import Role, is_in_own_network, make_role

OPENAI, GOOGLE = "https://api.openai.com/v1", "https://generativelanguage.googleapis.com"
GROQ, OLLAMA = "https://api.groq.com/openai/v1", "http://127.0.0.1:11434/v1"
Told = tuple[str, str, str | None, tuple[str, ...]] | None


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("VIDEOBATCH_", "OPENAI_", "GEMINI_")):
            monkeypatch.delenv(name)
    for model in (Settings, ProviderAccess):
        monkeypatch.setitem(model.model_config, "env_file", tmp_path / ".env")
        monkeypatch.setitem(model.model_config, "toml_file", tmp_path / "videobatch.toml")


def role(group: Group, wanted: str | None = None) -> Role | None:
    return make_role(**names(load_settings(), load_access(), group, wanted).plain())


def told(group: Group, wanted: str | None = None) -> Told:
    """Provider, server, model and keys."""
    found = role(group, wanted)
    if found is None:
        return None
    return found.provider.name, found.base_url, found.model, found.keys


def prefixed(variables: Mapping[str, str]) -> dict[str, str]:
    """`S_` and `W_` stand for the two groups, `V_` for all of ours."""
    full = {"S_": "VIDEOBATCH_SPEECH__", "W_": "VIDEOBATCH_WRITER__", "V_": "VIDEOBATCH_"}
    return {full.get(name[:2], name[:2]) + name[2:]: value for name, value in variables.items()}


OLD = {"V_PROVIDER": "openai", "OPENAI_API_KEY": "k1,k2"}


@pytest.mark.parametrize(
    ("variables", "hears", "writes"),
    [
        ({}, None, None),
        # A key alone spends nothing, whatever its name.
        ({"OPENAI_API_KEY": "k", "S_KEY": "s", "W_KEY": "w", "W_MODEL": "m"}, None, None),
        # The older names alone.
        (
            OLD,
            ("openai", OPENAI, "whisper-1", ("k1", "k2")),
            ("openai", OPENAI, "gpt-6-luna", ("k1", "k2")),
        ),
        (
            {**OLD, "OPENAI_BASE_URL": GROQ, "V_API__MODEL": "w-3"},
            ("openai", GROQ, "w-3", ("k1", "k2")),
            ("openai", GROQ, None, ("k1", "k2")),
        ),
        ({**OLD, "V_API__WRITER": "none"}, ("openai", OPENAI, "whisper-1", ("k1", "k2")), None),
        # Local speech, and a writer that has no ears.
        (
            {"W_PROVIDER": "openai", "W_BASE_URL": OLLAMA, "W_MODEL": "llama3.1"},
            None,
            ("openai", OLLAMA, "llama3.1", ()),
        ),
        # Paid hearing and nobody who writes, in each of the ways to say so.
        (
            {"S_PROVIDER": "gemini", "S_KEY": "g"},
            ("gemini", GOOGLE, "gemini-3.5-flash-lite", ("g",)),
            None,
        ),
        ({**OLD, "W_PROVIDER": "none"}, ("openai", OPENAI, "whisper-1", ("k1", "k2")), None),
        ({**OLD, "W_PROVIDER": "offline"}, ("openai", OPENAI, "whisper-1", ("k1", "k2")), None),
        # Writing alone, by the older names' provider.
        (
            {**OLD, "S_PROVIDER": "offline"},
            None,
            ("openai", OPENAI, "gpt-6-luna", ("k1", "k2")),
        ),
        # Two servers: each key goes to its own, and to no other.
        (
            {
                "S_PROVIDER": "openai",
                "S_BASE_URL": GROQ,
                "S_MODEL": "whisper-large-v3-turbo",
                "S_KEY": "gsk",
                "W_PROVIDER": "openai",
                "W_BASE_URL": "https://api.deepseek.com/v1",
                "W_MODEL": "deepseek-chat",
                "W_KEY": "ds",
            },
            ("openai", GROQ, "whisper-large-v3-turbo", ("gsk",)),
            ("openai", "https://api.deepseek.com/v1", "deepseek-chat", ("ds",)),
        ),
        (
            {**OLD, "W_BASE_URL": OLLAMA, "W_MODEL": "llama3.1"},
            ("openai", OPENAI, "whisper-1", ("k1", "k2")),
            ("openai", OLLAMA, "llama3.1", ()),
        ),
        (
            {**OLD, "OPENAI_BASE_URL": GROQ, "W_BASE_URL": OPENAI},
            ("openai", GROQ, "whisper-1", ("k1", "k2")),
            ("openai", OPENAI, "gpt-6-luna", ()),
        ),
        # The same server by its own name, and in capitals, is the same.
        (
            {**OLD, "S_BASE_URL": OPENAI + "/", "W_BASE_URL": "HTTPS://API.openai.com/v1"},
            ("openai", OPENAI + "/", "whisper-1", ("k1", "k2")),
            ("openai", "HTTPS://API.openai.com/v1", "gpt-6-luna", ("k1", "k2")),
        ),
        # Two providers, each by its older key.
        (
            {
                "S_PROVIDER": "openai",
                "W_PROVIDER": "gemini",
                "OPENAI_API_KEY": "o",
                "GEMINI_API_KEY": "g",
            },
            ("openai", OPENAI, "whisper-1", ("o",)),
            ("gemini", GOOGLE, "gemini-3.5-flash-lite", ("g",)),
        ),
        # The newer name wins, and the older one fills what is left out.
        (
            {**OLD, "S_MODEL": "new", "V_API__MODEL": "old", "S_KEY": "mine", "W_MODEL": "w"},
            ("openai", OPENAI, "new", ("mine",)),
            ("openai", OPENAI, "w", ("k1", "k2")),
        ),
        (
            {**OLD, "V_API__WRITER": "none", "W_MODEL": "w"},
            ("openai", OPENAI, "whisper-1", ("k1", "k2")),
            ("openai", OPENAI, "w", ("k1", "k2")),
        ),
        # What the older names say of one provider's model is not said of another's.
        (
            {**OLD, "V_API__WRITER": "gpt-9", "W_PROVIDER": "gemini", "GEMINI_API_KEY": "g"},
            ("openai", OPENAI, "whisper-1", ("k1", "k2")),
            ("gemini", GOOGLE, "gemini-3.5-flash-lite", ("g",)),
        ),
        (
            {"W_PROVIDER": "gemini", "V_API__WRITER": "gemini-9", "GEMINI_API_KEY": "g"},
            None,
            ("gemini", GOOGLE, "gemini-9", ("g",)),
        ),
    ],
)
def test_who_is_asked(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], hears: Told, writes: Told
) -> None:
    for name, value in prefixed(variables).items():
        monkeypatch.setenv(name, value)
    assert told("speech") == hears
    assert told("writer") == writes


@pytest.mark.parametrize(
    ("variables", "group", "why", "hint"),
    [
        (
            {"S_BASE_URL": GROQ},
            "speech",
            "nobody is to ask it",
            "VIDEOBATCH_SPEECH__PROVIDER=openai",
        ),
        ({"W_BASE_URL": OLLAMA}, "writer", "nobody is to ask it", "VIDEOBATCH_WRITER__PROVIDER"),
        (
            {"W_PROVIDER": "openai", "W_BASE_URL": OLLAMA},
            "writer",
            "nobody said which model writes",
            "VIDEOBATCH_WRITER__MODEL",
        ),
        (
            {"W_PROVIDER": "gemini", "W_KEY_FILE": "/no/such/key"},
            "writer",
            "VIDEOBATCH_WRITER__KEY_FILE cannot be read",
            "readable",
        ),
    ],
)
def test_what_makes_no_sense_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], group: Group, why: str, hint: str
) -> None:
    for name, value in prefixed(variables).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=why) as refused:
        role(group)
    assert hint in refused.value.hint


def test_an_option_comes_before_all_names_and_takes_no_key_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variables = {"S_PROVIDER": "openai", "S_BASE_URL": GROQ, "S_KEY": "gsk", "GEMINI_API_KEY": "g"}
    for name, value in prefixed(variables).items():
        monkeypatch.setenv(name, value)
    assert told("speech", "openai") == ("openai", GROQ, "whisper-1", ("gsk",))
    assert told("speech", "gemini") == ("gemini", GOOGLE, "gemini-3.5-flash-lite", ("g",))
    assert told("speech", "offline") is None


def test_a_key_comes_from_its_file_from_dotenv_and_from_toml(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_text("one\ntwo\n")
    monkeypatch.setenv("VIDEOBATCH_WRITER__PROVIDER", "gemini")
    monkeypatch.setenv("VIDEOBATCH_WRITER__KEY_FILE", str(path))
    (tmp_path / "videobatch.toml").write_text(
        '[speech]\nprovider = "openai"\nkey = "from-toml"\nbase_url = "http://h:1/v1"\n'
    )
    found = role("writer")
    assert found is not None
    assert found.keys == ("one", "two")
    assert (hears := role("speech")) is not None
    assert hears.keys == ("from-toml",)
    (tmp_path / ".env").write_text("VIDEOBATCH_SPEECH__KEY=from-dotenv\n")
    assert (hears := role("speech")) is not None
    assert hears.keys == ("from-dotenv",)
    path.write_text(" \n")
    with pytest.raises(SettingsError, match="is empty"):
        role("writer")


def test_settings_which_every_process_reads_hold_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBATCH_SPEECH__KEY", "s3cret")
    monkeypatch.setenv("VIDEOBATCH_SPEECH__PROVIDER", "openai")
    settings = load_settings()
    assert "s3cret" not in settings.model_dump_json() + repr(settings)
    assert "s3cret" not in repr(load_access())
    assert "s3cret" not in repr(names(settings, load_access(), "speech")) + repr(role("speech"))
    assert (found := role("speech")) is not None
    assert found.keys == ("s3cret",)


def of(base_url: str, account: str = "default") -> Role:
    found = make_role(group="speech", provider="openai", base_url=base_url, account=account)
    assert found is not None
    return found


def test_two_servers_have_two_budgets_and_one_server_has_one() -> None:
    assert of(OPENAI).scope == of(OPENAI + "/").scope == "openai.default"
    assert of(GROQ).scope == "openai.default.api.groq.com_openai"
    assert of(OLLAMA).scope == of(OLLAMA + "/").scope != of("http://127.0.0.1:8000/v1").scope
    assert of(GROQ, "lab").scope != of(GROQ).scope
    for base_url in (OPENAI, GROQ, OLLAMA, "http://[::1]:8/v1", "http://[::1"):
        assert set(of(base_url).scope) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
        )


@pytest.mark.parametrize(
    ("url", "is_own"),
    [
        (OLLAMA, True),
        ("http://localhost:8000/v1", True),
        ("http://ollama:11434/v1", True),
        ("http://host.docker.internal:11434/v1", True),
        ("http://192.168.1.9/v1", True),
        ("http://[::1]:8/v1", True),
        (OPENAI, False),
        ("http://8.8.8.8/v1", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_which_servers_are_one_s_own(url: str, is_own: bool) -> None:
    assert is_in_own_network(url) is is_own
