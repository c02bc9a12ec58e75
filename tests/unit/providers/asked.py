"""Four clients, two of each provider, that tests ask in one way; and what they should hear."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict

from tests.unit.providers.paid import Bench
from videobatch.errors import VideobatchError
from videobatch.providers.calls.habits import OwnHabits
from videobatch.providers.catalog import bearer, google_key
from videobatch.providers.gemini.model import GeminiModel
from videobatch.providers.gemini.transcriber import GeminiTranscriber
from videobatch.providers.gemini.writer import GeminiWriter
from videobatch.providers.openai.transcriber import OpenAITranscriber
from videobatch.providers.openai.writer import OpenAIWriter
from videobatch.providers.paid_models import load_models
from videobatch.records import AudioSegment

PYTHON = re.compile(
    r"NoneType|object is not|subscriptable|Traceback|\w+Error\b|indices must|invalid literal|"
    r"could not convert|pydantic|validation error|Input should|Expecting value|Extra data|codec|"
    r"unhashable|has no attribute|must be str|<class|<function"
)


def assert_in_our_words(error: VideobatchError) -> None:
    """Message and hint are of ours, and short: nothing of Python shows through."""
    assert not PYTHON.search(error.message), error.message
    assert not PYTHON.search(error.hint), error.hint
    assert len(error.message) < 900
    assert "\n" not in error.message


MODELS = load_models()
LOUD = np.random.default_rng(3).integers(-9000, 9000, 16_000 * 3).astype(np.int16)
SEGMENT = AudioSegment(0, 0.0, LOUD)


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


def openai_hear(bench: Bench, habits: OwnHabits, model: str = "whisper-1", **options: Any) -> Any:
    transcriber = OpenAITranscriber(bench.transport, model, models=MODELS, habits=habits, **options)
    return [said.text for said in transcriber.transcribe(SEGMENT)]


def openai_write(
    bench: Bench, habits: OwnHabits, model: str = "gpt-4o-mini", pictures: Any = (), **options: Any
) -> Any:
    writer = OpenAIWriter(bench.transport, model, models=MODELS, habits=habits)
    asked = {"max_tokens": 50, "schema": SCHEMA, "check": Title.model_validate, **options}
    return writer.complete("task", "text", pictures=pictures, **asked).title


def gemini_model(bench: Bench, habits: OwnHabits) -> GeminiModel:
    return GeminiModel(bench.transport, "gemini-2.5-flash", models=MODELS, habits=habits)


def gemini_hear(bench: Bench, habits: OwnHabits) -> Any:
    return [s.text for s in GeminiTranscriber(gemini_model(bench, habits)).transcribe(SEGMENT)]


def gemini_write(bench: Bench, habits: OwnHabits, pictures: Any = ()) -> Any:
    return GeminiWriter(gemini_model(bench, habits)).complete(
        "task", "text", max_tokens=50, schema=SCHEMA, check=Title.model_validate, pictures=pictures
    ).title  # fmt: skip


def chat(text: Any, finish: str = "stop") -> dict[str, Any]:
    return {
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 5},
    }


def candidate(text: Any, finish: str = "STOP") -> dict[str, Any]:
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
HEARS = Client("openai hears", openai_hear, HEARD, ["hello"])
WRITES = Client("openai writes", openai_write, chat(T), "T")
GEMINI_HEARS = Client("gemini hears", gemini_hear, candidate(UTTERED), ["hello"])
GEMINI_WRITES = Client("gemini writes", gemini_write, candidate(T), "T")
CLIENTS = (HEARS, WRITES, GEMINI_HEARS, GEMINI_WRITES)
by_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


def reply_of(body: str, **headers: str) -> httpx.Response:
    return httpx.Response(200, text=body, headers=headers)
