"""Answers of a form: why there is none, and room for thoughts."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.unit.providers.asked import (
    GEMINI_HEARS,
    GEMINI_WRITES,
    HEARS,
    LATE,
    UTTERED,
    WRITES,
    Client,
    assert_in_our_words,
    candidate,
    chat,
    openai_write,
)
from tests.unit.providers.paid import failed, ok
from videobatch.errors import (
    BAD_ANSWER,
    NO_ANSWER,
    REFUSED,
    TOO_LARGE,
    PermanentError,
)
from videobatch.providers.calls.habits import OwnHabits


@pytest.mark.parametrize(
    ("client", "reply", "code"),
    [
        (WRITES, failed(400, "This model's maximum context length is 8192 tokens"), TOO_LARGE),
        (WRITES, failed(400, "filtered", code="content_filter"), REFUSED),
        (HEARS, failed(400, "filtered", code="content_policy_violation"), REFUSED),
        (HEARS, failed(400, "audio duration 600 s is longer than 300 s"), TOO_LARGE),
        (HEARS, failed(413, "Maximum content size limit exceeded"), TOO_LARGE),
        (WRITES, ok(chat("", "content_filter")), REFUSED),
        (WRITES, ok(chat("")), NO_ANSWER),
        (WRITES, ok(chat("Sure!")), BAD_ANSWER),
        (GEMINI_HEARS, ok(candidate("", "RECITATION")), REFUSED),
        (GEMINI_HEARS, ok({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}), REFUSED),
        (GEMINI_HEARS, ok(candidate(UTTERED, "SAFETY")), REFUSED),
        (GEMINI_HEARS, ok(candidate(LATE)), BAD_ANSWER),
        (GEMINI_WRITES, ok(candidate(None)), NO_ANSWER),
    ],
)  # fmt: skip
def test_why_there_is_no_answer(client: Client, reply: httpx.Response, code: str) -> None:
    bench = client.bench(reply)
    with pytest.raises(PermanentError) as caught:
        client.ask(bench, OwnHabits())
    assert caught.value.code == code
    assert_in_our_words(caught.value)
    assert bench.stored == bench.notes == {}


@pytest.mark.parametrize("client", [WRITES, GEMINI_WRITES, GEMINI_HEARS], ids=lambda c: c.name)
def test_half_a_character_in_an_answer_is_asked_about_like_any_other(client: Client) -> None:
    body = candidate("\ud800 no") if "gemini" in client.name else chat("\ud800 no")
    half = httpx.Response(200, content=json.dumps(body).encode("ascii"))
    bench, found = client.asked(half, ok(client.good))
    assert found == client.result
    assert len(bench.requests) == 2


@pytest.mark.parametrize("text", [None, "", "<think>so much to think of"])
def test_a_model_that_thinks_gets_room_once_and_from_then_on(text: str | None) -> None:
    habits = OwnHabits()
    bench = WRITES.bench(ok(chat(text, "length")), ok(WRITES.good))
    assert openai_write(bench, habits) == "T"
    first, second = (json.loads(request.content)["max_tokens"] for request in bench.requests)
    assert (first, second) == (50, 50 + 8192)
    bench.stored.clear()
    assert openai_write(bench, habits) == "T"
    assert json.loads(bench.requests[-1].content)["max_tokens"] == 50 + 8192
    still = WRITES.bench(ok(chat(text, "length")))
    with pytest.raises(PermanentError) as caught:
        openai_write(still, OwnHabits())
    assert caught.value.code == "answer_cut"
    assert len(still.requests) == 2


def test_gemini_gets_room_for_its_thoughts_too() -> None:
    thought = {"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}]}
    bench, found = GEMINI_WRITES.asked(ok(thought), ok(GEMINI_WRITES.good))
    assert found == "T"
    most = [json.loads(r.content)["generationConfig"]["maxOutputTokens"] for r in bench.requests]
    assert most[1] - most[0] == 8192
