"""Habits of servers: what they refuse is learned once, for all that ask the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest

from tests.unit.providers.asked import (
    HEARS,
    LOUD,
    MODELS,
    WRITES,
    Client,
    assert_in_our_words,
    openai_hear,
    openai_write,
    reply_of,
)
from tests.unit.providers.paid import Bench, failed, ok
from videobatch.errors import (
    NO_PICTURES,
    PermanentError,
    RejectedError,
    TransientError,
)
from videobatch.providers.calls.habits import OwnHabits
from videobatch.providers.openai.transcriber import OpenAITranscriber
from videobatch.providers.openai.writer import OpenAIWriter
from videobatch.records import AudioSegment, Picture

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
    assert openai_hear(bench, habits, "my-gateway-name") == ["Well.", "So it is."]
    assert len(bench.requests) == 2
    # Rejected, so not paid: nothing is noted, and nothing counted but the request.
    assert bench.notes == {}
    bench.stored.clear()
    openai_hear(bench, habits, "my-gateway-name")
    assert len(bench.requests) == 3


def test_a_rejection_of_the_sound_itself_teaches_nothing() -> None:
    corrupt = failed(400, "Audio file might be corrupted or unsupported")
    bench, habits = HEARS.bench(corrupt, ok({"text": "by luck"})), OwnHabits()
    with pytest.raises(RejectedError, match="corrupted"):
        openai_hear(bench, habits)
    assert len(bench.requests) == 1
    assert habits.known(bench.transport.base_url, "whisper-1") == frozenset()


def test_a_server_that_gives_text_alone() -> None:
    refusals = (Refusal(b"verbose_json", AZURE), Refusal(b"\r\n\r\njson\r\n", NO_JSON))
    bench = _picky(HEARS, *refusals, good=reply_of("Well. So it is.\n"))
    assert openai_hear(bench, OwnHabits()) == ["Well.", "So it is."]
    page = _picky(HEARS, *refusals, good=NOBODY["a login page"])
    with pytest.raises(TransientError, match="Sign in"):
        openai_hear(page, OwnHabits())
    assert page.stored == {}


def test_without_times_long_sound_goes_in_pieces_and_its_words_keep_their_place() -> None:
    samples = np.tile(LOUD, 60)
    samples[16_000 * 58 : 16_000 * 59] = 0
    bench = _picky(HEARS, Refusal(b"verbose_json", AZURE), good={"text": "One. Two."})
    transcriber = OpenAITranscriber(bench.transport, "whisper-1", models=MODELS)
    found = transcriber.transcribe(AudioSegment(0, 100.0, samples))
    served = len(bench.requests) - 1
    assert served in (3, 4)
    assert len(found) == 2 * served
    assert [u.start_s for u in found] == sorted(u.start_s for u in found)
    # The first piece ends in the silence.
    assert 158.0 <= found[1].end_s <= 159.0
    assert found[-1].end_s == pytest.approx(280.0)
    # The pieces are the same in the next attempt: nothing is paid again.
    again = OpenAITranscriber(bench.transport, "whisper-1", models=MODELS)
    assert again.transcribe(AudioSegment(0, 100.0, samples)) == found
    assert len(bench.requests) == 1 + served + 1


def test_a_language_that_is_refused_is_left_to_the_model() -> None:
    reply = failed(400, "Unknown parameter: 'language'.", param="language")
    bench = _picky(HEARS, Refusal(b'name="language"', reply))
    assert openai_hear(bench, OwnHabits(), language="zh-Hans") == ["hello"]


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
    assert openai_write(bench, habits, model) == "T"
    assert then in bench.requests[-1].content
    sent = len(bench.requests)
    bench.stored.clear()
    assert openai_write(bench, habits, model) == "T"
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
        openai_write(bench, habits, pictures=[Picture(1.0, b"jpeg")])
    assert caught.value.code == NO_PICTURES
    assert_in_our_words(caught.value)
    writer = OpenAIWriter(bench.transport, "gpt-4o-mini", models=MODELS, habits=habits)
    assert writer.picture_tokens is None
    assert openai_write(bench, habits) == "T"


def test_what_is_refused_for_good_is_said_in_its_first_words() -> None:
    bench = client_bench = _picky(
        WRITES, Refusal(b"json_schema", failed(400, "no json_schema")), Refusal(b"", VAGUE)
    )
    habits = OwnHabits()
    with pytest.raises(RejectedError, match="no json_schema"):
        openai_write(bench, habits)
    # Nothing of a request that was never served is remembered.
    assert habits.known(client_bench.transport.base_url, "gpt-4o-mini") == frozenset()
