"""Writing by a server that speaks OpenAI's language: `POST {base}/chat/completions`."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from videobatch.errors import PermanentError
from videobatch.providers.openai import PROVIDER
from videobatch.providers.prices import PriceTable
from videobatch.providers.structured import pictures_digest, structured, whole
from videobatch.providers.tokens import estimate_tokens
from videobatch.providers.transport import Call, Transport, call_key
from videobatch.providers.usage import chat_usage, with_money
from videobatch.records import Amounts, Currency, Picture

T = TypeVar("T")

CONTEXT_TOKENS = 100_000
# What a server adds to a message: role, beginning, end.
TOKENS_PER_MESSAGE = 4
# These models know no `max_tokens` any more; older servers know nothing else.
NEWER = re.compile(r"(o\d|gpt-5)")
# The most that a picture of up to 960 x 960 is counted as, and how it is to be looked at:
# https://developers.openai.com/api/docs/guides/images-vision. A look at the details would cost
# 20 times as much with gpt-4o-mini.
PICTURE_TOKENS, DETAIL = 2500, "high"
COARSE, COARSE_TOKENS, COARSE_DETAIL = re.compile(r"gpt-4o-mini"), 2833, "low"
# What servers that know no schemas say of.
SCHEMA_WORDS = ("response_format", "json_schema")

Messages = list[dict[str, Any]]


class OpenAIWriter:
    """Satisfies `ports.Writer`; each answer is paid for once. Used by many threads.

    A server that takes no schema as `response_format` is told it in the instructions.
    """

    name = PROVIDER

    def __init__(
        self,
        transport: Transport,
        model: str,
        *,
        prices: PriceTable,
        context_tokens: int = CONTEXT_TOKENS,
        parallel: int = 4,
    ) -> None:
        self.model = model
        self.context_tokens = context_tokens
        self.parallel = parallel
        is_coarse = COARSE.match(model) is not None
        self.picture_tokens: int | None = COARSE_TOKENS if is_coarse else PICTURE_TOKENS
        self._detail = COARSE_DETAIL if is_coarse else DETAIL
        self._transport = transport
        self._price = prices.price(model)
        self._knows_schemas = True

    def complete(
        self,
        system: str,
        user: str,
        *,
        max_tokens: int,
        schema: Mapping[str, Any],
        check: Callable[[Any], T],
        pictures: Sequence[Picture] = (),
    ) -> T:
        """What `check` makes of the answer. Raises PermanentError (`bad_answer`, `answer_cut`,
        `no_answer`) and what `Transport.send` raises. Safe to repeat."""

        def ask(before: tuple[str, str] | None) -> str:
            messages: Messages = [_message("user", user)]
            if before:
                messages += [_message("assistant", before[0]), _message("user", before[1])]
            return self._ask(system, messages, max_tokens, schema, pictures)

        return structured(ask, check, self.model)

    def _ask(
        self,
        system: str,
        messages: Messages,
        max_tokens: int,
        schema: Mapping[str, Any],
        pictures: Sequence[Picture],
    ) -> str:
        try:
            text = self._transport.send(self._call(system, messages, max_tokens, schema, pictures))
        except PermanentError as error:
            if not self._knows_schemas or not any(word in error.message for word in SCHEMA_WORDS):
                raise
            self._knows_schemas = False
            text = self._transport.send(self._call(system, messages, max_tokens, schema, pictures))
        answer = json.loads(text)
        is_cut = answer["finish"] == "length"
        return whole(
            answer["text"],
            is_cut=is_cut,
            model=self.model,
            max_tokens=max_tokens,
            why=answer["finish"],
        )

    def _call(
        self,
        system: str,
        messages: Messages,
        max_tokens: int,
        schema: Mapping[str, Any],
        pictures: Sequence[Picture],
    ) -> Call:
        limit = "max_completion_tokens" if NEWER.match(self.model) else "max_tokens"
        parameters: dict[str, Any] = {"model": self.model, limit: max_tokens}
        if self._knows_schemas:
            form = {"name": "answer", "strict": True, "schema": dict(schema)}
            parameters["response_format"] = {"type": "json_schema", "json_schema": form}
        else:
            system = f"{system}\n\nAnswer with JSON alone, by this JSON schema:\n{_line(schema)}"
            parameters["response_format"] = {"type": "json_object"}
        told = [_message("system", system), *messages]
        need = self._need(told, schema, max_tokens, len(pictures))
        keyed = {**parameters, "server": self._transport.base_url, "detail": self._detail}
        return Call(
            key=call_key(PROVIDER, self.model, keyed, _line(told), pictures_digest(pictures)),
            what=f"an answer of {self.model}",
            path="chat/completions",
            need=need,
            build=lambda: {"json": {**parameters, "messages": self._with(told, pictures)}},
            used=lambda body: chat_usage(body, need, self._price),
            answer=_written,
        )

    def _with(self, messages: Messages, pictures: Sequence[Picture]) -> Messages:
        """The messages, with the pictures behind the first question."""
        if not pictures:
            return messages
        parts: list[dict[str, Any]] = [{"type": "text", "text": messages[1]["content"]}]
        for picture in pictures:
            url = f"data:image/jpeg;base64,{base64.b64encode(picture.jpeg).decode('ascii')}"
            image = {"url": url, "detail": self._detail}
            parts.append({"type": "image_url", "image_url": image})
        return [messages[0], {"role": "user", "content": parts}, *messages[2:]]

    def _need(
        self, messages: Messages, schema: Mapping[str, Any], max_tokens: int, pictures: int
    ) -> Amounts:
        """One request, and the tokens. OpenAI and Groq count those of question and answer in one
        bucket, so TOKENS_IN_MIN holds both. A schema is part of the question."""
        asked = sum(estimate_tokens(m["content"]) + TOKENS_PER_MESSAGE for m in messages)
        asked += estimate_tokens(_line(schema)) + pictures * (self.picture_tokens or 0)
        need = {
            Currency.REQUESTS_MIN: 1.0,
            Currency.REQUESTS_DAY: 1.0,
            Currency.TOKENS_IN_MIN: float(asked + max_tokens),
            Currency.TOKENS_OUT_MIN: float(max_tokens),
            Currency.TOKENS_DAY: float(asked + max_tokens),
        }
        if self._price is None:
            return need
        return with_money(need, self._price.cost_usd(tokens_in=asked, tokens_out=max_tokens))


def _written(body: Any) -> str:
    """What is kept of an answer. Raises TypeError, LookupError or AttributeError if it is none."""
    choice = body["choices"][0]
    text = choice["message"].get("content") or ""
    if not isinstance(text, str):
        raise TypeError("the content is not text")
    return _line({"text": text, "finish": str(choice.get("finish_reason") or "")})


def _message(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
