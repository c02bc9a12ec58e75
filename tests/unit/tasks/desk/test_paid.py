"""Server, key and budget of a job's calls, by this worker's settings."""

from __future__ import annotations

import os
from typing import Any, cast

import pytest

from tasks.desk import transports as module
from tests.support.desks import paid_calls
from videobatch.errors import SettingsError
from videobatch.pipeline.options import DocumentOptions
from videobatch.providers.calls.transport import Transport
from videobatch.providers.openai.transcriber import OpenAITranscriber
from videobatch.providers.openai.writer import OpenAIWriter
from videobatch.state.limits import Scope

GROQ, DEEPSEEK = "https://api.groq.com/openai/v1", "https://api.deepseek.com/v1"
OPTIONS = DocumentOptions("a", "openai", "whisper-large-v3", writer="openai", writer_model="ds")


@pytest.fixture
def scopes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the budgets that are made from now on."""
    for name in list(os.environ):
        if name.startswith(("VIDEOBATCH_", "OPENAI_", "GEMINI_")):
            monkeypatch.delenv(name)
    made: list[str] = []

    def scope(name: str, *args: Any) -> Scope:
        made.append(name)
        return Scope(name, *args)

    monkeypatch.setattr(module, "Scope", scope)
    return made


def transport_of(made: object) -> Transport:
    return cast("Transport", cast("Any", made)._transport)


def test_each_goes_to_its_own_server_with_its_own_key_and_budget(
    monkeypatch: pytest.MonkeyPatch, scopes: list[str]
) -> None:
    for group, url, key in (("SPEECH", GROQ, "gsk"), ("WRITER", DEEPSEEK, "dsk")):
        monkeypatch.setenv(f"VIDEOBATCH_{group}__PROVIDER", "openai")
        monkeypatch.setenv(f"VIDEOBATCH_{group}__BASE_URL", url)
        monkeypatch.setenv(f"VIDEOBATCH_{group}__KEY", key)
    # Another model than the job's: what was submitted counts.
    monkeypatch.setenv("VIDEOBATCH_WRITER__MODEL", "other")
    hears, writes = paid_calls().transcriber(OPTIONS), paid_calls().writer(OPTIONS)
    assert isinstance(hears, OpenAITranscriber)
    assert isinstance(writes, OpenAIWriter)
    assert (hears.model, writes.model) == ("whisper-large-v3", "ds")
    assert (transport_of(hears).base_url, transport_of(writes).base_url) == (GROQ, DEEPSEEK)
    keys = [transport_of(made).server.keys.pick().secret for made in (hears, writes)]
    assert keys == ["gsk", "dsk"]
    assert scopes == [
        "openai.default.api.groq.com_openai.whisper-large-v3",
        "openai.default.api.deepseek.com.ds",
    ]


def test_one_account_at_one_server_is_one_budget(
    monkeypatch: pytest.MonkeyPatch, scopes: list[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("VIDEOBATCH_SPEECH__PROVIDER", "openai")
    monkeypatch.setenv("VIDEOBATCH_WRITER__PROVIDER", "openai")
    options = DocumentOptions("a", "openai", "m", writer="openai", writer_model="m")
    paid_calls().transcriber(options)
    paid_calls().writer(options)
    assert scopes == ["openai.default.m"] * 2


def test_a_provider_that_this_worker_is_not_set_for_is_asked_by_the_older_names(
    monkeypatch: pytest.MonkeyPatch, scopes: list[str]
) -> None:
    """So it is after `submit --provider openai`."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("VIDEOBATCH_SPEECH__PROVIDER", "gemini")
    monkeypatch.setenv("VIDEOBATCH_SPEECH__KEY", "google")
    hears = paid_calls().transcriber(OPTIONS)
    assert transport_of(hears).server.keys.pick().secret == "k"
    assert scopes == ["openai.default.whisper-large-v3"]


def test_a_writer_without_a_model_of_its_own_writes_with_that_of_the_job(
    monkeypatch: pytest.MonkeyPatch, scopes: list[str]
) -> None:
    monkeypatch.setenv("VIDEOBATCH_WRITER__PROVIDER", "openai")
    monkeypatch.setenv("VIDEOBATCH_WRITER__BASE_URL", DEEPSEEK)
    writes = paid_calls().writer(OPTIONS)
    assert writes is not None
    assert writes.model == "ds"


def test_a_job_of_a_provider_that_there_is_not(scopes: list[str]) -> None:
    with pytest.raises(SettingsError, match="knows no provider dictaphone"):
        paid_calls().transcriber(DocumentOptions("a", "dictaphone", "m"))
