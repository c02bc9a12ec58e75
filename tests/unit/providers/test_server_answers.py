"""Answers of servers to each client: of no use, in a 200, as a stream, changed at will."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.providers.asked import (
    GEMINI_HEARS,
    HEARS,
    LOUD,
    MODELS,
    PYTHON,
    SEGMENT,
    WRITES,
    Client,
    T,
    assert_in_our_words,
    by_client,
    candidate,
    gemini_model,
    reply_of,
)
from tests.unit.providers.paid import ok
from videobatch.errors import (
    PermanentError,
    TransientError,
    VideobatchError,
)
from videobatch.providers.calls.habits import OwnHabits
from videobatch.providers.gemini.transcriber import GeminiTranscriber
from videobatch.providers.openai.transcriber import OpenAITranscriber
from videobatch.records import AudioSegment

NOBODY = {
    "a login page": reply_of("<!doctype html><html><title>Sign in</title><body>Proxy"),
    "a stream that breaks off": reply_of('data: {"choices": [{"delta": {"content": "he"}}]}\n\n'),
    "an error in a stream": reply_of('data: {"error": {"message": "it sank"}}\n\ndata: [DONE]\n'),
    "nothing": reply_of(""),
    "spaces": reply_of("  \n "),
    "null": reply_of("null"),
    "a list": reply_of("[]"),
    "a string": reply_of('"busy"'),
    "a number": reply_of("17"),
    "plain words": reply_of("no healthy upstream"),
    "an empty object": ok({}),
    "an error without a code": ok({"error": {"message": "upstream sank"}}),
    "an error as a string": ok({"error": "model is loading"}),
    "LiteLLM's": ok({"error": {"message": "litellm: upstream refused", "type": None, "code": ""}}),
    "FastAPI's": ok({"detail": "Not Found"}),
    "Cloudflare's": ok({"success": False, "errors": [{"code": 7000, "message": "No route"}]}),
    "nulls": ok({"choices": None, "candidates": None, "text": None, "segments": None}),
    "empty lists": ok({"choices": [], "candidates": [], "segments": []}),
    "holes": ok({"choices": [None], "candidates": [None], "segments": [None]}),
    "other kinds": ok({"choices": 5, "candidates": "x", "segments": 7, "text": 5}),
}


@by_client
@pytest.mark.parametrize("name", NOBODY)
def test_what_is_no_answer_is_an_error_and_costs_the_next_try_nothing(
    client: Client, name: str
) -> None:
    bench = client.bench(NOBODY[name], ok(client.good))
    with pytest.raises(TransientError) as caught:
        client.ask(bench, OwnHabits())
    assert caught.value.code == "odd_answer"
    assert_in_our_words(caught.value)
    assert bench.stored == {}
    assert client.ask(bench, OwnHabits()) == client.result


@by_client
@pytest.mark.parametrize("code", [502, 503, "504", 429, "rate_limit_exceeded", "UNAVAILABLE"])
def test_an_error_in_a_200_is_waited_for(client: Client, code: Any) -> None:
    bench, found = client.asked(
        *[ok({"error": {"code": code, "message": "no"}})] * 5, ok(client.good)
    )
    assert found == client.result
    assert len(bench.requests) == 6


@by_client
def test_a_stream_that_nobody_asked_for_is_the_answer_that_it_adds_up_to(client: Client) -> None:
    if client is WRITES:
        deltas = [{"choices": [{"delta": {"content": c}}]} for c in T]
        last = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
        lines = [f"data: {json.dumps(each)}\n\n" for each in [*deltas, last]]
    elif client is HEARS:
        lines = [f"data: {json.dumps({'type': 'transcript.text.done', 'text': 'hello'})}\n\n"]
    else:
        lines = [f"data: {json.dumps(client.good)}\n\n"]
    _, found = client.asked(reply_of(": ping\n\n" + "".join(lines) + "data: [DONE]\n\n"))
    assert found == client.result


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (1, 2),
        ("1", "2"),
        ("00:01", "00:02"),
        ("0:00:01.0", "0:00:02,0"),
        ("1s", "2s"),
        ("PT1S", "PT2S"),
    ],
)
def test_times_in_the_forms_that_models_have(start: Any, end: Any) -> None:
    told = {"utterances": [{"start": start, "end": end, "text": "hello"}]}
    bench = GEMINI_HEARS.bench(ok(candidate(json.dumps(told))))
    (said,) = GeminiTranscriber(gemini_model(bench, OwnHabits())).transcribe(SEGMENT)
    assert (said.start_s, said.end_s) == (1.0, 2.0)
    heard = {"text": "", "segments": [{"start": start, "end": end, "text": "hello"}]}
    transcriber = OpenAITranscriber(HEARS.bench(ok(heard)).transport, "m", models=MODELS)
    (said,) = transcriber.transcribe(SEGMENT)
    assert (said.start_s, said.end_s) == (1.0, 2.0)


def test_milliseconds_where_nothing_else_fits() -> None:
    parts = [{"start": n * 1000, "end": n * 1000 + 900, "text": f"{n}"} for n in range(60)]
    long = AudioSegment(0, 0.0, np.tile(LOUD, 20))
    told = ok(candidate(json.dumps({"utterances": parts})))
    found = GeminiTranscriber(gemini_model(GEMINI_HEARS.bench(told), OwnHabits())).transcribe(long)
    assert [u.start_s for u in found] == [float(n) for n in range(60)]


@pytest.mark.parametrize(
    ("client", "empty"),
    [(HEARS, {"text": "", "segments": []}), (GEMINI_HEARS, candidate('{"utterances": []}'))],
)
def test_nothing_heard_in_loud_sound_is_taken_and_asked_for_anew_next_time(
    client: Client, empty: Any
) -> None:
    bench = client.bench(ok(empty), ok(client.good))
    assert client.ask(bench, OwnHabits()) == []
    assert bench.stored == {}
    assert len(bench.spent) == 1
    assert client.ask(bench, OwnHabits()) == client.result
    assert client.ask(bench, OwnHabits()) == client.result
    assert len(bench.requests) == 2


def test_nothing_heard_in_soft_sound_is_an_answer() -> None:
    soft = AudioSegment(0, 0.0, (LOUD // 200).astype(np.int16))
    bench = HEARS.bench(ok({"text": "", "segments": []}))
    for _ in range(2):
        transcriber = OpenAITranscriber(bench.transport, "whisper-1", models=MODELS)
        assert transcriber.transcribe(soft) == ()
    assert len(bench.requests) == 1
    assert len(bench.stored) == 1


ODD: tuple[Any, ...] = (
    None, "", "x", "null", 0, -1, 1e300, 10**400, True, [], {}, [None], [[]], {"a": 1}, "NaN",
    "00:99", "\ud800", "\x00", "</think>", "```", "{", '{"title": 5}',
    [{"type": "text", "text": T}], [{"type": "thinking", "thinking": "x"}],
)  # fmt: skip


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [at, *(place for key, each in inner for place in _places(each, (*at, key)))]


def _changed(body: Any, place: tuple[Any, ...], change: str, odd: Any) -> Any:
    body = deepcopy(body)
    if not place:
        return {"drop": None, "replace": odd, "list": [body], "json": json.dumps(body)}.get(
            change, {"data": body}
        )
    holder = body
    for key in place[:-1]:
        holder = holder[key]
    key, value = place[-1], holder[place[-1]]
    if change == "drop":
        del holder[key]
    else:
        holder[key] = {"replace": odd, "list": [value], "json": json.dumps(value)}.get(
            change, {"data": value}
        )
    return body


@st.composite
def _bodies(draw: st.DrawFn, good: Mapping[str, Any]) -> Any:
    body: Any = deepcopy(dict(good))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(_places(body)))
        change = draw(st.sampled_from(["drop", "replace", "replace", "list", "json", "object"]))
        body = _changed(body, place, change, draw(st.sampled_from(ODD)))
    return body


@st.composite
def _replies(draw: st.DrawFn, good: Mapping[str, Any]) -> Callable[[], httpx.Response]:
    text = json.dumps(draw(_bodies(good)))
    kind = draw(st.sampled_from(["whole", "whole", "whole", "cut", "stream", "bytes"]))
    if kind == "cut":
        text = text[: draw(st.integers(0, len(text)))]
    if kind == "stream":
        text = f"data: {text}\n\ndata: [DONE]\n\n"
    content = text.encode() if kind != "bytes" else text.encode("utf-16")
    return lambda: httpx.Response(200, content=content)


def _error_of(ask: Callable[[], Any]) -> VideobatchError | None:
    try:
        ask()
    except (PermanentError, TransientError) as error:
        return error
    return None


@by_client
@given(data=st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_change_of_a_good_answer(client: Client, data: st.DataObject) -> None:
    reply = data.draw(_replies(client.good))
    bench = client.bench(reply(), reply(), reply(), ok(client.good))
    error = _error_of(lambda: client.ask(bench, OwnHabits()))
    stored = dict(bench.stored)
    if error is not None:
        assert_in_our_words(error)
        assert stored == {}
    for why in bench.spent:
        assert not PYTHON.search(why), why
    # What was stored is good for ever; what was not is asked for anew.
    bench = client.bench(ok(client.good))
    bench.stored.update(stored)
    client.ask(bench, OwnHabits())
    assert len(bench.requests) == (0 if stored else 1)
