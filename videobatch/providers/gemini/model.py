"""Gemini: one call to `POST {base}/v1beta/models/{model}:generateContent`.

https://ai.google.dev/api/generate-content; tokens of sound, pictures and video:
https://ai.google.dev/gemini-api/docs/tokens
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from videobatch.errors import RejectedError
from videobatch.ports import Habits
from videobatch.providers.answers.completions import gemini_completion
from videobatch.providers.answers.structured import (
    THINKING_TOKENS,
    Again,
    packed,
    passed,
    structured,
)
from videobatch.providers.calls.call import Call, call_key
from videobatch.providers.calls.habits import THINKS, OwnHabits, by_habit, refused_parameter
from videobatch.providers.calls.transport import Transport
from videobatch.providers.calls.usage import answering, gemini_usage, with_money
from videobatch.providers.catalog import GEMINI_AUDIO_TOKENS_PER_S
from videobatch.providers.paid_models import PaidModels
from videobatch.providers.tokens import estimate_tokens
from videobatch.records import Amounts, Currency

T = TypeVar("T")

PROVIDER = "gemini"
PICTURE_TOKENS = 258
# A request with all that is in it may have 20 MB (docs: audio); base64 makes four of three.
MOST_INLINE_BYTES = 14_000_000
# What a model thinks that was given no number of tokens for it must find room.
UNKNOWN_THINKING_TOKENS = 4096

Part = Mapping[str, Any]


def inline(mime: str, content: bytes) -> Part:
    """A part that carries its content."""
    return {"inlineData": {"mimeType": mime, "data": base64.b64encode(content).decode("ascii")}}


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the model: the task, the text, and media that go before the text.

    `media` makes the parts at the sending; `digest` is the hash of what they are. `audio_s` and
    `media_tokens` are what they count. `what` names the call for a person. An answer of which
    `is_final` is False is taken, and asked for anew the next time.
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
    is_final: Callable[[Any], bool] = lambda found: True


class GeminiModel:
    """One model behind one Transport; answers are JSON of a form, paid for once. Used by many
    threads."""

    def __init__(
        self,
        transport: Transport,
        model: str,
        *,
        models: PaidModels,
        habits: Habits | None = None,
    ) -> None:
        self.model = model
        self._transport = transport
        self._asked = models.asked(model)
        self._habits = habits or OwnHabits()
        self._ways = models.ways(model)

    def answer(self, question: Question, check: Callable[[Any], T]) -> T:
        """The answer, as `check` makes it; a bad one is asked for once more, with the error, and
        one that is all thoughts with more room. Raises PermanentError (`bad_answer`, `answer_cut`,
        `no_answer`, `refused`) and what `Transport.send` raises. Safe to repeat."""

        def ask(again: Again) -> T:
            found = self._ask(question, again, check)
            if again.is_roomy:
                self._habits.learn(self._transport.base_url, self.model, THINKS)
            return found

        return structured(ask)

    def _ask(self, question: Question, again: Again, check: Callable[[Any], T]) -> T:
        def ask(habits: frozenset[str]) -> T:
            config = self._config(question, habits, is_roomy=again.is_roomy)
            most = int(config["maxOutputTokens"])

            def read(kept: str) -> T:
                return passed(kept, check, model=self.model, max_tokens=most)

            told = _told(question, config, is_apart="systemInstruction" not in habits)
            return read(self._transport.send(self._call(told, again.before, config, read)))

        def lesson(error: RejectedError, habits: frozenset[str]) -> str | None:
            sent = self._config(question, habits, is_roomy=again.is_roomy)
            del sent["maxOutputTokens"]
            return refused_parameter(error, {**sent, "systemInstruction": ""})

        return by_habit(self._habits, self._transport.base_url, self.model, ask, lesson)

    def _config(
        self, question: Question, habits: frozenset[str], *, is_roomy: bool
    ) -> dict[str, Any]:
        """The wished form of the answer, without what the server does not take for the model."""
        thinking = {} if "thinkingConfig" in habits else self._thinking()
        room = int(thinking.get("thinkingBudget", UNKNOWN_THINKING_TOKENS))
        if is_roomy or THINKS in habits:
            room += THINKING_TOKENS
        config: dict[str, Any] = {
            "maxOutputTokens": question.max_tokens + room,
            "responseMimeType": "application/json",
            "responseSchema": _google_schema(question.schema),
        }
        if thinking:
            config["thinkingConfig"] = thinking
        if question.is_low_resolution:
            config["mediaResolution"] = "MEDIA_RESOLUTION_LOW"
        return {name: value for name, value in config.items() if name not in habits}

    def _thinking(self) -> dict[str, Any]:
        """The least that the model can be asked to think: in tokens, or by a level's name."""
        ways = self._ways
        if ways.thinking_budget is not None:
            return {"thinkingBudget": ways.thinking_budget}
        return {"thinkingLevel": ways.thinking_level} if ways.thinking_level else {}

    def _call(
        self,
        question: Question,
        before: tuple[str, str] | None,
        config: Mapping[str, Any],
        read: Callable[[str], Any],
    ) -> Call:
        need = self._need(question, before, int(config["maxOutputTokens"]))
        keyed = {**config, "server": self._transport.base_url, "before": before}
        prompt = _line([question.system, question.text])
        path = f"v1beta/models/{self.model.removeprefix('models/')}:generateContent"
        return Call(
            key=call_key(PROVIDER, self.model, keyed, prompt, question.digest),
            what=question.what,
            path=path,
            need=need,
            asked=self._asked,
            build=lambda: {"json": _body(question, before, config)},
            used=lambda body: gemini_usage(body, need, self._asked.charges(answering(body))),
            answer=lambda body: packed(gemini_completion(body)),
            check=read,
            is_final=lambda kept: question.is_final(read(kept)),
        )

    def _need(self, question: Question, before: tuple[str, str] | None, most: int) -> Amounts:
        """Google counts what goes in by the minute, and what comes out only by the bill."""
        audio = math.ceil(question.audio_s * GEMINI_AUDIO_TOKENS_PER_S)
        texts = [question.system, question.text, _line(question.schema), *(before or ())]
        text = sum(map(estimate_tokens, texts)) + question.media_tokens
        need = {
            Currency.REQUESTS_MIN: 1.0,
            Currency.REQUESTS_DAY: 1.0,
            Currency.TOKENS_IN_MIN: float(audio + text),
            Currency.TOKENS_OUT_MIN: float(most),
            Currency.TOKENS_DAY: float(audio + text + most),
        }
        if question.audio_s:
            need[Currency.AUDIO_S_HOUR] = need[Currency.AUDIO_S_DAY] = question.audio_s
        price = self._asked.charges()
        if price is None:
            return need
        cost = price.cost_usd(tokens_in=text, audio_tokens_in=audio, tokens_out=most)
        return with_money(need, cost)


def _told(question: Question, config: Mapping[str, Any], *, is_apart: bool) -> Question:
    """The question as the model takes it: the schema in words where it knows no schemas, the task
    in front of the text where it cannot be told apart."""
    system, text = question.system, question.text
    if "responseSchema" not in config:
        schema = _line(question.schema)
        system = f"{system}\n\nAnswer with JSON alone, by this JSON schema:\n{schema}"
    if not is_apart:
        system, text = "", f"{system}\n\n{text}"
    return replace(question, system=system, text=text)


def _body(
    question: Question, before: tuple[str, str] | None, config: Mapping[str, Any]
) -> dict[str, Any]:
    contents = [{"role": "user", "parts": [*question.media(), {"text": question.text}]}]
    if before:
        contents.append({"role": "model", "parts": [{"text": before[0]}]})
        contents.append({"role": "user", "parts": [{"text": before[1]}]})
    task = {"systemInstruction": {"parts": [{"text": question.system}]}} if question.system else {}
    return {**task, "contents": contents, "generationConfig": config}


def _google_schema(schema: Any) -> Any:
    """The schema as `responseSchema` takes it: it knows no `additionalProperties`."""
    if isinstance(schema, Mapping):
        return {k: _google_schema(v) for k, v in schema.items() if k != "additionalProperties"}
    return [_google_schema(each) for each in schema] if isinstance(schema, list) else schema


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
