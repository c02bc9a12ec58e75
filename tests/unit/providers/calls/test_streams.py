"""Streams of events as the answers that they add up to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from videobatch.providers.calls.streams import decoded, from_events, is_stream


def _stream(*events: Any) -> str:
    return ": a comment\n\n" + "".join(f"data: {json.dumps(event)}\n\n" for event in events)


def _delta(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}


def _candidate(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": finish}]}


def test_deltas_add_up_to_a_chat() -> None:
    text = _stream(_delta("Hel"), _delta("lo", "stop"), {"usage": {"prompt_tokens": 3}})
    assert is_stream(text)
    message = {"role": "assistant", "content": "Hello"}
    assert from_events(text + "data: [DONE]\n\n") == {
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3},
    }


def test_candidates_add_up_to_one() -> None:
    found = from_events(_stream(_candidate("Hel"), {**_candidate("lo", "STOP"), "modelVersion": 1}))
    parts = [{"text": "Hel"}, {"text": "lo"}]
    assert found["candidates"] == [{"content": {"parts": parts}, "finishReason": "STOP"}]
    assert found["modelVersion"] == 1


def test_the_end_of_a_transcription_is_all_of_it() -> None:
    done = {"type": "transcript.text.done", "text": "hello"}
    assert from_events(_stream({"type": "transcript.text.delta", "delta": "he"}, done)) == done


def test_an_error_in_a_stream_is_that_error() -> None:
    error = {"error": {"message": "overloaded", "code": 503}}
    assert from_events(_stream(_delta("Hel"), error)) == error


@pytest.mark.parametrize(
    "text", [_stream(_delta("Hel")), _stream(_candidate("Hel")), _stream(), "data: {", ""]
)
def test_a_stream_that_breaks_off_is_no_answer(text: str) -> None:
    assert from_events(text) is None


@pytest.mark.parametrize("text", ['{"data": 1}', "<html>", "", "Data is here."])
def test_what_is_no_stream(text: str) -> None:
    assert not is_stream(text)


@pytest.mark.parametrize(
    ("text", "value"), [('{"a": 1}', {"a": 1}), ("{", None), ("[" * 9999, None)]
)
def test_text_as_json_or_nothing(text: str, value: Any) -> None:
    assert decoded(text) == value
