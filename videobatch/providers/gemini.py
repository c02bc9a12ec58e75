"""Gemini: one call to `POST {base}/v1beta/models/{model}:generateContent`.

https://ai.google.dev/api/generate-content; tokens of sound, pictures and video:
https://ai.google.dev/gemini-api/docs/tokens
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from videobatch.providers.catalog import GEMINI_AUDIO_TOKENS_PER_S
from videobatch.providers.prices import PriceTable
from videobatch.providers.structured import structured, whole
from videobatch.providers.tokens import estimate_tokens
from videobatch.providers.transport import Call, Transport, call_key
from videobatch.providers.usage import gemini_usage, with_money
from videobatch.records import Amounts, Currency

T = TypeVar("T")

PROVIDER = "gemini"
PICTURE_TOKENS = 258
# A request with all that is in it may have 20 MB (docs: audio); base64 makes four of three.
MOST_INLINE_BYTES = 14_000_000
# Thinking would be paid for and cut the answer off; the larger model cannot do without
# (https://ai.google.dev/gemini-api/docs/thinking). What others think must find room.
THINKING: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"gemini-2\.5-flash"), 0),
    (re.compile(r"gemini-2\.5-pro"), 128),
)
UNKNOWN_THINKING_TOKENS = 4096

Part = Mapping[str, Any]


def google_key(secret: str) -> Mapping[str, str]:
    """The key as Google wants it."""
    return {"x-goog-api-key": secret}


def inline(mime: str, content: bytes) -> Part:
    """A part that carries its content."""
    return {"inlineData": {"mimeType": mime, "data": base64.b64encode(content).decode("ascii")}}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the task, the text, and media that go before the text.

    `media` makes the parts at the sending; `digest` is the hash of what they are. `audio_s` and
    `media_tokens` are what they count. `what` names the call for a person.
    """

    what: str
    system: str
    text: str
    schema: Mapping[str, Any]
    max_tokens: int
    media: Callable[[], Sequence[Part]] = tuple
    digest: str = ""
    audio_s: float = 0.0
    media_tokens: int = 0
    is_low_resolution: bool = False


class GeminiModel:
    """One model behind one Transport; answers are JSON of a form, paid for once. Used by many
    threads."""

    def __init__(self, transport: Transport, model: str, *, prices: PriceTable) -> None:
        self.model = model
        self._transport = transport
        self._price = prices.price(model)
        found = [budget for name, budget in THINKING if name.match(model)]
        self._thinking = found[0] if found else None

    def answer(self, question: Question, check: Callable[[Any], T]) -> T:
        """What `check` makes of the answer; a bad one is asked for once more, with the error.
        Raises PermanentError (`bad_answer`, `answer_cut`, `no_answer`) and what `Transport.send`
        raises. Safe to repeat."""

        def ask(before: tuple[str, str] | None) -> str:
            told = json.loads(self._transport.send(self._call(question, before)))
            return whole(
                told["text"],
                is_cut=told["finish"] == "MAX_TOKENS",
                model=self.model,
                max_tokens=question.max_tokens,
                why=told["finish"],
            )

        return structured(ask, check, self.model)

    def _call(self, question: Question, before: tuple[str, str] | None) -> Call:
        config: dict[str, Any] = {
            "maxOutputTokens": self._most_tokens(question),
            "responseMimeType": "application/json",
            "responseSchema": _google_schema(question.schema),
        }
        if self._thinking is not None:
            config["thinkingConfig"] = {"thinkingBudget": self._thinking}
        if question.is_low_resolution:
            config["mediaResolution"] = "MEDIA_RESOLUTION_LOW"
        need = self._need(question, before)
        keyed = {**config, "server": self._transport.base_url, "before": before}
        prompt = _line([question.system, question.text])
        path = f"v1beta/models/{self.model.removeprefix('models/')}:generateContent"
        return Call(
            key=call_key(PROVIDER, self.model, keyed, prompt, question.digest),
            what=question.what,
            path=path,
            need=need,
            build=lambda: {"json": _body(question, before, config)},
            used=lambda body: gemini_usage(body, need, self._price),
            answer=_written,
        )

    def _most_tokens(self, question: Question) -> int:
        thinking = UNKNOWN_THINKING_TOKENS if self._thinking is None else self._thinking
        return question.max_tokens + thinking

    def _need(self, question: Question, before: tuple[str, str] | None) -> Amounts:
        """Google counts what goes in by the minute, and what comes out only by the bill."""
        audio = math.ceil(question.audio_s * GEMINI_AUDIO_TOKENS_PER_S)
        texts = [question.system, question.text, _line(question.schema), *(before or ())]
        text = sum(map(estimate_tokens, texts)) + question.media_tokens
        most = self._most_tokens(question)
        need = {
            Currency.REQUESTS_MIN: 1.0,
            Currency.REQUESTS_DAY: 1.0,
            Currency.TOKENS_IN_MIN: float(audio + text),
            Currency.TOKENS_OUT_MIN: float(most),
            Currency.TOKENS_DAY: float(audio + text + most),
        }
        if question.audio_s:
            need[Currency.AUDIO_S_HOUR] = need[Currency.AUDIO_S_DAY] = question.audio_s
        if self._price is None:
            return need
        cost = self._price.cost_usd(tokens_in=text, audio_tokens_in=audio, tokens_out=most)
        return with_money(need, cost)


def _body(
    question: Question, before: tuple[str, str] | None, config: Mapping[str, Any]
) -> dict[str, Any]:
    contents = [{"role": "user", "parts": [*question.media(), {"text": question.text}]}]
    if before:
        contents.append({"role": "model", "parts": [{"text": before[0]}]})
        contents.append({"role": "user", "parts": [{"text": before[1]}]})
    return {
        "systemInstruction": {"parts": [{"text": question.system}]},
        "contents": contents,
        "generationConfig": config,
    }


def _written(body: Any) -> str:
    """What is kept of an answer; one that was blocked is empty, with the reason. Raises TypeError
    or LookupError if it is none."""
    if not body.get("candidates"):
        reason = body["promptFeedback"]["blockReason"]
        return _line({"text": "", "finish": str(reason)})
    candidate = body["candidates"][0]
    parts = (candidate.get("content") or {}).get("parts") or []
    # Thoughts are parts too, where they are shown.
    text = "".join(part.get("text", "") for part in parts if not part.get("thought"))
    return _line({"text": text, "finish": str(candidate.get("finishReason") or "")})


def _google_schema(schema: Any) -> Any:
    """The schema as `responseSchema` takes it: it knows no `additionalProperties`."""
    if isinstance(schema, Mapping):
        return {k: _google_schema(v) for k, v in schema.items() if k != "additionalProperties"}
    return [_google_schema(each) for each in schema] if isinstance(schema, list) else schema


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
