"""One model of Gemini: what it is sent by its name, and what becomes of one that is gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.providers.asked import SCHEMA, T, Title, candidate
from tests.unit.providers.paid import Bench, ok
from videobatch.errors import ModelGoneError
from videobatch.providers.catalog import google_key
from videobatch.providers.gemini.model import UNKNOWN_THINKING_TOKENS, GeminiModel, Question
from videobatch.providers.paid_models import load_models
from videobatch.records import Currency

QUESTION = Question("an answer", "task", "text", SCHEMA, max_tokens=50)


def ask(bench: Bench, name: str) -> Any:
    model = GeminiModel(bench.transport, name, models=load_models())
    return model.answer(QUESTION, Title.model_validate)


@pytest.mark.parametrize(
    ("name", "thinking", "room"),
    [
        ("gemini-2.5-flash", {"thinkingBudget": 0}, 0),
        ("gemini-2.5-flash-lite", {"thinkingBudget": 0}, 0),
        ("models/gemini-2.5-pro", {"thinkingBudget": 128}, 128),
        # A level is no number: what is thought must find room.
        ("gemini-3.5-flash-lite", {"thinkingLevel": "MINIMAL"}, UNKNOWN_THINKING_TOKENS),
        ("gemini-3.8-flash", {"thinkingLevel": "LOW"}, UNKNOWN_THINKING_TOKENS),
        ("gemini-2.0-flash", None, UNKNOWN_THINKING_TOKENS),
    ],
)
def test_how_much_a_model_may_think(name: str, thinking: dict[str, Any] | None, room: int) -> None:
    bench = Bench(ok(candidate(T)), auth=google_key)
    assert ask(bench, name) == Title(title="T")
    config = json.loads(bench.requests[0].content)["generationConfig"]
    assert config.get("thinkingConfig") == thinking
    assert config["maxOutputTokens"] == 50 + room


def test_the_vendors_next_model_is_reserved_for_and_refused() -> None:
    """As Google routes requests from the day on which a model is off."""
    usage = {"promptTokenCount": 100_000, "candidatesTokenCount": 5}
    told = {**candidate(T), "usageMetadata": usage, "modelVersion": "gemini-3.8-flash"}
    bench = Bench(ok(told), auth=google_key, is_at_the_provider=True)
    with pytest.raises(ModelGoneError) as caught:
        ask(bench, "gemini-2.5-pro")
    assert "has gemini-3.8-flash answer in place of gemini-2.5-pro" in caught.value.message
    assert caught.value.hint == "name its successor, gemini-3.8-flash, and resume"
    # Its input is dearer than that of the model that was asked for; its output is cheaper.
    used = bench.settled[0][0]
    assert used is not None
    assert used[Currency.MONEY_DAY] == pytest.approx(100_000 * 1.50e-6 + 5 * 7.50e-6)
    # What may be asked by the next one was reserved from the start, so that no cap is passed.
    need = bench.needs[0]
    spoken = need[Currency.TOKENS_IN_MIN] * 1.25e-6 + need[Currency.TOKENS_OUT_MIN] * 10.0e-6
    routed = need[Currency.TOKENS_IN_MIN] * 1.50e-6 + need[Currency.TOKENS_OUT_MIN] * 7.50e-6
    assert need[Currency.MONEY_DAY] == pytest.approx(max(spoken, routed))
    assert len(bench.requests) == 1


@pytest.mark.parametrize("version", ["gemini-2.5-pro", "models/gemini-2.5-pro-001", None])
def test_its_own_versions_are_no_other_model(version: str | None) -> None:
    reply = ok({**candidate(T), "modelVersion": version})
    bench = Bench(reply, auth=google_key, is_at_the_provider=True)
    assert ask(bench, "gemini-2.5-pro") == Title(title="T")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "models/m is not found for API version v1beta, or is not supported"),
        (404, "This model models/m is no longer available to new users. Please update your code"),
        (410, "The model 'm' has reached its end of life on 2030-01-01 and is off."),
        (400, "The model `m` has been decommissioned and is no longer supported"),
        (404, "model 'm' not found, try pulling it first"),
    ],
)
def test_the_words_for_a_model_that_is_gone(status: int, said: str) -> None:
    body = {"error": {"code": status, "message": said, "status": "NOT_FOUND"}}
    reply = ok(body)
    reply.status_code = status
    bench = Bench(reply, auth=google_key)
    with pytest.raises(ModelGoneError, match=f"HTTP {status}"):
        ask(bench, "m")
    assert (bench.notes, bench.spent) == ({}, [])
