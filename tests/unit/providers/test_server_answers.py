"""What servers really send, to each client: a good answer, a retry, a fallback, or an error in the
server's own words. Nothing that did not pass is stored or served, and no text of Python's shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from tests.unit.providers.paid import Bench, failed, ok
from videobatch.errors import (
    BAD_ANSWER,
    NO_ANSWER,
    NO_PICTURES,
    REFUSED,
    TOO_LARGE,
    PermanentError,
    RejectedError,
    TransientError,
    VideobatchError,
)
from videobatch.providers.calls.habits import OwnHabits
from videobatch.providers.catalog import bearer, google_key
from videobatch.providers.gemini.model import GeminiModel
from videobatch.providers.gemini.transcriber import GeminiTranscriber
from videobatch.providers.gemini.writer import GeminiWriter
from videobatch.providers.openai.transcriber import OpenAITranscriber
from videobatch.providers.openai.writer import OpenAIWriter
from videobatch.providers.prices import load_prices
from videobatch.records import AudioSegment, Picture

PRICES = load_prices()
LOUD = np.random.default_rng(3).integers(-9000, 9000, 16_000 * 3).astype(np.int16)
SEGMENT = AudioSegment(0, 0.0, LOUD)
PYTHON = re.compile(
    r"NoneType|object is not|subscriptable|Traceback|\w+Error\b|indices must|invalid literal|"
    r"could not convert|pydantic|validation error|Input should|Expecting value|Extra data|codec|"
    r"unhashable|has no attribute|must be str|<class|<function"
)


class Title(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str


SCHEMA = Title.model_json_schema()
T = '{"title": "T"}'


@dataclass(frozen=True)
class Client:
    """One of the clients: how it is asked, a good body, and what it makes of that."""

    name: str
    ask: Callable[[Bench, OwnHabits], Any]
    good: Mapping[str, Any]
    result: Any

    def asked(self, *replies: Any, habits: OwnHabits | None = None) -> tuple[Bench, Any]:
        bench = self.bench(*replies)
        return bench, self.ask(bench, habits or OwnHabits())

    def bench(self, *replies: Any) -> Bench:
        return Bench(*replies, auth=google_key if "gemini" in self.name else bearer)


def _hear(bench: Bench, habits: OwnHabits, model: str = "whisper-1", **options: Any) -> Any:
    transcriber = OpenAITranscriber(bench.transport, model, prices=PRICES, habits=habits, **options)
    return [said.text for said in transcriber.transcribe(SEGMENT)]


def _write(
    bench: Bench, habits: OwnHabits, model: str = "gpt-4o-mini", pictures: Any = (), **options: Any
) -> Any:
    writer = OpenAIWriter(bench.transport, model, prices=PRICES, habits=habits)
    asked = {"max_tokens": 50, "schema": SCHEMA, "check": Title.model_validate, **options}
    return writer.complete("task", "text", pictures=pictures, **asked).title


def _gemini(bench: Bench, habits: OwnHabits) -> GeminiModel:
    return GeminiModel(bench.transport, "gemini-2.5-flash", prices=PRICES, habits=habits)


def _gemini_hear(bench: Bench, habits: OwnHabits) -> Any:
    return [s.text for s in GeminiTranscriber(_gemini(bench, habits)).transcribe(SEGMENT)]


def _gemini_write(bench: Bench, habits: OwnHabits, pictures: Any = ()) -> Any:
    return GeminiWriter(_gemini(bench, habits)).complete(
        "task", "text", max_tokens=50, schema=SCHEMA, check=Title.model_validate, pictures=pictures
    ).title  # fmt: skip


def _chat(text: Any, finish: str = "stop") -> dict[str, Any]:
    return {
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 5},
    }


def _candidate(text: Any, finish: str = "STOP") -> dict[str, Any]:
    return {
        "candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": finish}],
        "usageMetadata": {"promptTokenCount": 20, "candidatesTokenCount": 5},
    }


UTTERED = json.dumps({"utterances": [{"start": 0, "end": 1.5, "text": "hello"}]})
LATE = '{"utterances": [{"start": 900.5, "end": 901, "text": "x"}]}'
HEARD = {
    "text": "hello",
    "duration": 3.0,
    "segments": [
        {"start": 0, "end": 1.5, "text": "hello", "avg_logprob": -0.1, "no_speech_prob": 0.01}
    ],
    "usage": {"type": "duration", "seconds": 3},
}
HEARS = Client("openai hears", _hear, HEARD, ["hello"])
WRITES = Client("openai writes", _write, _chat(T), "T")
GEMINI_HEARS = Client("gemini hears", _gemini_hear, _candidate(UTTERED), ["hello"])
GEMINI_WRITES = Client("gemini writes", _gemini_write, _candidate(T), "T")
CLIENTS = (HEARS, WRITES, GEMINI_HEARS, GEMINI_WRITES)
by_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


def _text(body: str, **headers: str) -> httpx.Response:
    return httpx.Response(200, text=body, headers=headers)


def _is_in_our_words(error: VideobatchError) -> None:
    assert not PYTHON.search(error.message), error.message
    assert not PYTHON.search(error.hint), error.hint
    assert len(error.message) < 900
    assert "\n" not in error.message


# Whatever the client: what is no answer.

NOBODY = {
    "a login page": _text("<!doctype html><html><title>Sign in</title><body>Proxy"),
    "a stream that breaks off": _text('data: {"choices": [{"delta": {"content": "he"}}]}\n\n'),
    "an error in a stream": _text('data: {"error": {"message": "it sank"}}\n\ndata: [DONE]\n'),
    "nothing": _text(""),
    "spaces": _text("  \n "),
    "null": _text("null"),
    "a list": _text("[]"),
    "a string": _text('"busy"'),
    "a number": _text("17"),
    "plain words": _text("no healthy upstream"),
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
    _is_in_our_words(caught.value)
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
    _, found = client.asked(_text(": ping\n\n" + "".join(lines) + "data: [DONE]\n\n"))
    assert found == client.result


# What is refused: parameters, forms, pictures. Learned once, for all that ask the same.


@dataclass(frozen=True)
class Refusal:
    """A server that rejects what has `word` in its body."""

    word: bytes
    reply: httpx.Response


def _picky(client: Client, *refusals: Refusal, good: Any = None) -> Bench:
    bench = client.bench(ok({}))

    def serve(request: httpx.Request) -> httpx.Response:
        request.read()
        bench.requests.append(request)
        for refusal in refusals:
            if refusal.word in request.content:
                return refusal.reply
        return good if isinstance(good, httpx.Response) else ok(good or client.good)

    bench.serve = serve
    return bench


AZURE = failed(
    400,
    "response_format 'verbose_json' is not compatible with model 'gpt-4o-transcribe-api-ev3'. "
    "Use 'json' or 'text' instead.",
    param="response_format",
    code="unsupported_value",
)
VLLM = httpx.Response(
    400,
    json={
        "object": "error",
        "message": "Currently do not support verbose_json for 'm'",
        "code": 400,
    },
)
VAGUE = failed(400, "Unsupported output")
PYDANTIC = httpx.Response(
    422, json={"detail": [{"loc": ["body", "response_format"], "msg": "unexpected value"}]}
)
NO_JSON = failed(400, "Invalid value for response_format: json. Only text is supported")


@pytest.mark.parametrize("reply", [AZURE, VLLM, VAGUE, PYDANTIC], ids=["Azure", "vLLM", "-", "422"])
def test_a_server_without_the_times_of_sentences_is_asked_for_text(reply: httpx.Response) -> None:
    bench = _picky(HEARS, Refusal(b"verbose_json", reply), good={"text": "Well. So it is."})
    habits = OwnHabits()
    assert _hear(bench, habits, "my-gateway-name") == ["Well.", "So it is."]
    assert len(bench.requests) == 2
    # Rejected, so not paid: nothing is noted, and nothing counted but the request.
    assert bench.notes == {}
    bench.stored.clear()
    _hear(bench, habits, "my-gateway-name")
    assert len(bench.requests) == 3


def test_a_rejection_of_the_sound_itself_teaches_nothing() -> None:
    corrupt = failed(400, "Audio file might be corrupted or unsupported")
    bench, habits = HEARS.bench(corrupt, ok({"text": "by luck"})), OwnHabits()
    with pytest.raises(RejectedError, match="corrupted"):
        _hear(bench, habits)
    assert len(bench.requests) == 1
    assert habits.known(bench.transport.base_url, "whisper-1") == frozenset()


def test_a_server_that_gives_text_alone() -> None:
    refusals = (Refusal(b"verbose_json", AZURE), Refusal(b"\r\n\r\njson\r\n", NO_JSON))
    bench = _picky(HEARS, *refusals, good=_text("Well. So it is.\n"))
    assert _hear(bench, OwnHabits()) == ["Well.", "So it is."]
    page = _picky(HEARS, *refusals, good=NOBODY["a login page"])
    with pytest.raises(TransientError, match="Sign in"):
        _hear(page, OwnHabits())
    assert page.stored == {}


def test_without_times_long_sound_goes_in_pieces_and_its_words_keep_their_place() -> None:
    samples = np.tile(LOUD, 60)
    samples[16_000 * 58 : 16_000 * 59] = 0
    bench = _picky(HEARS, Refusal(b"verbose_json", AZURE), good={"text": "One. Two."})
    transcriber = OpenAITranscriber(bench.transport, "whisper-1", prices=PRICES)
    found = transcriber.transcribe(AudioSegment(0, 100.0, samples))
    served = len(bench.requests) - 1
    assert served in (3, 4)
    assert len(found) == 2 * served
    assert [u.start_s for u in found] == sorted(u.start_s for u in found)
    # The first piece ends in the silence.
    assert 158.0 <= found[1].end_s <= 159.0
    assert found[-1].end_s == pytest.approx(280.0)
    # The pieces are the same in the next attempt: nothing is paid again.
    again = OpenAITranscriber(bench.transport, "whisper-1", prices=PRICES)
    assert again.transcribe(AudioSegment(0, 100.0, samples)) == found
    assert len(bench.requests) == 1 + served + 1


def test_a_language_that_is_refused_is_left_to_the_model() -> None:
    reply = failed(400, "Unknown parameter: 'language'.", param="language")
    bench = _picky(HEARS, Refusal(b'name="language"', reply))
    assert _hear(bench, OwnHabits(), language="zh-Hans") == ["hello"]


OPENAI_O = failed(
    400,
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
    "'max_completion_tokens' instead.",
    param="max_tokens",
    code="unsupported_parameter",
)
OLD = failed(400, "Unrecognized request argument supplied: max_completion_tokens")
MISTRAL = httpx.Response(
    422, json={"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"]}]}
)
GROQ = failed(400, "This model does not support response format `json_schema`.")
DEEPSEEK = failed(400, "This response_format type is unavailable now")


@pytest.mark.parametrize(
    ("model", "word", "reply", "then"),
    [
        ("gateway/x", b'"max_tokens"', OPENAI_O, b'"max_completion_tokens"'),
        ("gpt-5-at-home", b'"max_completion_tokens"', OLD, b'"max_tokens"'),
        ("gpt-5-at-home", b'"max_completion_tokens"', MISTRAL, b'"max_tokens"'),
        ("groq", b'"json_schema"', GROQ, b'"json_object"'),
        ("deepseek-chat", b'"json_schema"', DEEPSEEK, b'"json_object"'),
        ("odd", b'"json_schema"', failed(422, "invalid request"), b'"json_object"'),
        ("older", b'"response_format"', DEEPSEEK, b"by this JSON schema"),
        ("openrouter", b'"json_schema"',
         failed(404, "No endpoints found that support the requested response_format"),
         b'"json_object"'),
    ],
)  # fmt: skip
def test_a_parameter_that_is_refused_is_asked_for_otherwise_and_remembered(
    model: str, word: bytes, reply: httpx.Response, then: bytes
) -> None:
    bench, habits = _picky(WRITES, Refusal(word, reply)), OwnHabits()
    assert _write(bench, habits, model) == "T"
    assert then in bench.requests[-1].content
    sent = len(bench.requests)
    bench.stored.clear()
    assert _write(bench, habits, model) == "T"
    assert len(bench.requests) == sent + 1
    assert bench.notes == {}


@pytest.mark.parametrize(
    "reply",
    [
        failed(400, "image_url is only supported by certain models", code="invalid_type"),
        failed(400, "Failed to deserialize: unknown variant `image_url`, expected `text`"),
        failed(404, "No endpoints found that support image input"),
        failed(400, "messages[1].content must be a string"),
        failed(400, "my-model is not a multimodal model"),
        failed(415, "this model does not support vision"),
        failed(500, "this model is missing data required for image input"),
    ],
    ids=lambda reply: json.loads(reply.content)["error"]["message"][:30],
)
def test_a_model_that_takes_no_pictures_says_so(reply: httpx.Response) -> None:
    bench, habits = _picky(WRITES, Refusal(b"image_url", reply)), OwnHabits()
    with pytest.raises(PermanentError) as caught:
        _write(bench, habits, pictures=[Picture(1.0, b"jpeg")])
    assert caught.value.code == NO_PICTURES
    _is_in_our_words(caught.value)
    writer = OpenAIWriter(bench.transport, "gpt-4o-mini", prices=PRICES, habits=habits)
    assert writer.picture_tokens is None
    assert _write(bench, habits) == "T"


def test_what_is_refused_for_good_is_said_in_its_first_words() -> None:
    bench = client_bench = _picky(
        WRITES, Refusal(b"json_schema", failed(400, "no json_schema")), Refusal(b"", VAGUE)
    )
    habits = OwnHabits()
    with pytest.raises(RejectedError, match="no json_schema"):
        _write(bench, habits)
    # Nothing of a request that was never served is remembered.
    assert habits.known(client_bench.transport.base_url, "gpt-4o-mini") == frozenset()


@pytest.mark.parametrize(
    ("client", "reply", "code"),
    [
        (WRITES, failed(400, "This model's maximum context length is 8192 tokens"), TOO_LARGE),
        (WRITES, failed(400, "filtered", code="content_filter"), REFUSED),
        (HEARS, failed(400, "filtered", code="content_policy_violation"), REFUSED),
        (HEARS, failed(400, "audio duration 600 s is longer than 300 s"), TOO_LARGE),
        (HEARS, failed(413, "Maximum content size limit exceeded"), TOO_LARGE),
        (WRITES, ok(_chat("", "content_filter")), REFUSED),
        (WRITES, ok(_chat("")), NO_ANSWER),
        (WRITES, ok(_chat("Sure!")), BAD_ANSWER),
        (GEMINI_HEARS, ok(_candidate("", "RECITATION")), REFUSED),
        (GEMINI_HEARS, ok({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}), REFUSED),
        (GEMINI_HEARS, ok(_candidate(UTTERED, "SAFETY")), REFUSED),
        (GEMINI_HEARS, ok(_candidate(LATE)), BAD_ANSWER),
        (GEMINI_WRITES, ok(_candidate(None)), NO_ANSWER),
    ],
)  # fmt: skip
def test_why_there_is_no_answer(client: Client, reply: httpx.Response, code: str) -> None:
    bench = client.bench(reply)
    with pytest.raises(PermanentError) as caught:
        client.ask(bench, OwnHabits())
    assert caught.value.code == code
    _is_in_our_words(caught.value)
    assert bench.stored == bench.notes == {}


@pytest.mark.parametrize("client", [WRITES, GEMINI_WRITES, GEMINI_HEARS], ids=lambda c: c.name)
def test_half_a_character_in_an_answer_is_asked_about_like_any_other(client: Client) -> None:
    body = _candidate("\ud800 no") if "gemini" in client.name else _chat("\ud800 no")
    half = httpx.Response(200, content=json.dumps(body).encode("ascii"))
    bench, found = client.asked(half, ok(client.good))
    assert found == client.result
    assert len(bench.requests) == 2


# Room for thoughts.


@pytest.mark.parametrize("text", [None, "", "<think>so much to think of"])
def test_a_model_that_thinks_gets_room_once_and_from_then_on(text: str | None) -> None:
    habits = OwnHabits()
    bench = WRITES.bench(ok(_chat(text, "length")), ok(WRITES.good))
    assert _write(bench, habits) == "T"
    first, second = (json.loads(request.content)["max_tokens"] for request in bench.requests)
    assert (first, second) == (50, 50 + 8192)
    bench.stored.clear()
    assert _write(bench, habits) == "T"
    assert json.loads(bench.requests[-1].content)["max_tokens"] == 50 + 8192
    still = WRITES.bench(ok(_chat(text, "length")))
    with pytest.raises(PermanentError) as caught:
        _write(still, OwnHabits())
    assert caught.value.code == "answer_cut"
    assert len(still.requests) == 2


def test_gemini_gets_room_for_its_thoughts_too() -> None:
    thought = {"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}]}
    bench, found = GEMINI_WRITES.asked(ok(thought), ok(GEMINI_WRITES.good))
    assert found == "T"
    most = [json.loads(r.content)["generationConfig"]["maxOutputTokens"] for r in bench.requests]
    assert most[1] - most[0] == 8192


# Times.


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
    bench = GEMINI_HEARS.bench(ok(_candidate(json.dumps(told))))
    (said,) = GeminiTranscriber(_gemini(bench, OwnHabits())).transcribe(SEGMENT)
    assert (said.start_s, said.end_s) == (1.0, 2.0)
    heard = {"text": "", "segments": [{"start": start, "end": end, "text": "hello"}]}
    transcriber = OpenAITranscriber(HEARS.bench(ok(heard)).transport, "m", prices=PRICES)
    (said,) = transcriber.transcribe(SEGMENT)
    assert (said.start_s, said.end_s) == (1.0, 2.0)


def test_milliseconds_where_nothing_else_fits() -> None:
    parts = [{"start": n * 1000, "end": n * 1000 + 900, "text": f"{n}"} for n in range(60)]
    long = AudioSegment(0, 0.0, np.tile(LOUD, 20))
    told = ok(_candidate(json.dumps({"utterances": parts})))
    found = GeminiTranscriber(_gemini(GEMINI_HEARS.bench(told), OwnHabits())).transcribe(long)
    assert [u.start_s for u in found] == [float(n) for n in range(60)]


# Nothing heard.


@pytest.mark.parametrize(
    ("client", "empty"),
    [(HEARS, {"text": "", "segments": []}), (GEMINI_HEARS, _candidate('{"utterances": []}'))],
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
        transcriber = OpenAITranscriber(bench.transport, "whisper-1", prices=PRICES)
        assert transcriber.transcribe(soft) == ()
    assert len(bench.requests) == 1
    assert len(bench.stored) == 1


# Any change of a good answer.

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
        _is_in_our_words(error)
        assert stored == {}
    for why in bench.spent:
        assert not PYTHON.search(why), why
    # What was stored is good for ever; what was not is asked for anew.
    bench = client.bench(ok(client.good))
    bench.stored.update(stored)
    client.ask(bench, OwnHabits())
    assert len(bench.requests) == (0 if stored else 1)
