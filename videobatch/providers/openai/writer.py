"""Writing by a server that speaks OpenAI's language: `POST {base}/chat/completions`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from videobatch.errors import (
    NO_PICTURES,
    PermanentError,
    RejectedError,
    TransientError,
    VideobatchError,
)
from videobatch.ports import Habits
from videobatch.providers.answers.completions import chat_completion
from videobatch.providers.answers.structured import (
    THINKING_TOKENS,
    Again,
    packed,
    passed,
    pictures_digest,
    sendable,
    structured,
)
from videobatch.providers.calls.call import Call, call_key
from videobatch.providers.calls.habits import (
    PICTURES,
    THINKS,
    OwnHabits,
    by_habit,
    is_about_pictures,
    refused_parameter,
    speaks_of_pictures,
)
from videobatch.providers.calls.transport import Transport
from videobatch.providers.calls.usage import answering, chat_usage, with_money
from videobatch.providers.openai.transcriber import PROVIDER
from videobatch.providers.paid_models import PaidModels
from videobatch.providers.tokens import estimate_tokens
from videobatch.records import Amounts, Currency, Picture

T = TypeVar("T")

CONTEXT_TOKENS = 100_000
# What a server adds to a message: role, beginning, end.
TOKENS_PER_MESSAGE = 4
# The most that a picture of up to 960 x 960 is counted as by most models, and how it is looked at;
# `models.toml` names others.
PICTURE_TOKENS, DETAIL = 2500, "high"
# The names of the limit of tokens: a server that does not take one may take the other.
LIMITS = ("max_tokens", "max_completion_tokens")
# The forms that can be asked for, the strictest first; without any the instructions say it alone.
FORMS = ("json_schema", "json_object")
EFFORT = "reasoning_effort"

Messages = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _ChatQuestion:
    """A question: the task, the messages behind it, the tokens of the answer (more, where it
    `is_roomy`), its form, and the pictures."""

    system: str
    messages: Messages
    max_tokens: int
    is_roomy: bool
    schema: Mapping[str, Any]
    pictures: tuple[Picture, ...]


class OpenAIWriter:
    """Satisfies `ports.Writer`; each answer is paid for once. Used by many threads.

    A server that takes no schema as `response_format` is told it in the instructions. What else it
    rejects (the name of the limit of tokens, pictures) is left out from then on.
    """

    name = PROVIDER

    def __init__(
        self,
        transport: Transport,
        model: str,
        *,
        models: PaidModels,
        context_tokens: int = CONTEXT_TOKENS,
        parallel: int = 4,
        habits: Habits | None = None,
    ) -> None:
        self.model = model
        self.context_tokens = context_tokens
        self.parallel = parallel
        self._ways = ways = models.ways(model)
        counted = ways.picture_tokens
        self._picture_tokens = PICTURE_TOKENS if counted is None else counted
        self._detail = ways.picture_detail or DETAIL
        self._transport = transport
        self._asked = models.asked(model)
        self._habits = habits or OwnHabits()

    @property
    def picture_tokens(self) -> int | None:
        """The tokens that one picture counts; None where the model was found to see none."""
        known = self._habits.known(self._transport.base_url, self.model)
        return None if PICTURES in known else self._picture_tokens

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
        """The answer, as `check` makes it. Raises PermanentError (`bad_answer`, `answer_cut`,
        `no_answer`, `refused`, `no_pictures`) and what `Transport.send` raises. Safe to repeat."""

        def ask(again: Again) -> T:
            messages: Messages = [_message("user", sendable(user))]
            if again.before:
                answer, complaint = again.before
                messages += [_message("assistant", answer), _message("user", complaint)]
            found = self._ask(
                _ChatQuestion(
                    sendable(system), messages, max_tokens, again.is_roomy, schema, tuple(pictures)
                ),
                check,
            )
            if again.is_roomy:
                # Only now is it known that there is as much room.
                self._habits.learn(self._transport.base_url, self.model, THINKS)
            return found

        return structured(ask)

    def _ask(self, question: _ChatQuestion, check: Callable[[Any], T]) -> T:
        def ask(habits: frozenset[str]) -> T:
            call, most = self._call(question, habits, check)
            try:
                kept = self._transport.send(call)
            except TransientError as error:
                # Some servers fall over a picture that their model cannot see.
                if not (question.pictures and speaks_of_pictures(error.message)):
                    raise
                raise self._blind(error) from error
            return passed(kept, check, model=self.model, max_tokens=most)

        return by_habit(
            self._habits,
            self._transport.base_url,
            self.model,
            ask,
            lambda error, habits: self._lesson(question, error, habits),
        )

    def _lesson(
        self, question: _ChatQuestion, error: RejectedError, habits: frozenset[str]
    ) -> str | None:
        """The habit to learn. Raises PermanentError (`no_pictures`) where it is the pictures."""
        if question.pictures and is_about_pictures(error):
            raise self._blind(error) from error
        sent = self._parameters(question, habits)
        name = refused_parameter(error, sent)
        is_unexplained = error.code == RejectedError.default_code and error.status in (400, 422)
        if name is None and is_unexplained and "response_format" in sent:
            name = "response_format"
        if name is None and is_unexplained and question.pictures:
            raise _without_pictures(self.model, error) from error
        return f"{name}={sent[name]['type']}" if name == "response_format" else name

    def _blind(self, error: VideobatchError) -> PermanentError:
        """The error of a model that sees nothing, which is remembered."""
        self._habits.learn(self._transport.base_url, self.model, PICTURES)
        return _without_pictures(self.model, error)

    def _parameters(self, question: _ChatQuestion, habits: frozenset[str]) -> dict[str, Any]:
        """All that can be left out, but for what the server does not take."""
        most = question.max_tokens
        if question.is_roomy or THINKS in habits:
            most += THINKING_TOKENS
        limits = LIMITS[::-1] if self._ways.token_limit == LIMITS[1] else LIMITS
        parameters: dict[str, Any] = {name: most for name in limits if name not in habits}
        for name in list(parameters)[1:]:
            del parameters[name]
        if self._ways.thinking_effort and EFFORT not in habits:
            parameters[EFFORT] = self._ways.thinking_effort
        forms = [form for form in FORMS if f"response_format={form}" not in habits]
        if forms[:1] == ["json_schema"]:
            form = {"name": "answer", "strict": True, "schema": dict(question.schema)}
            parameters["response_format"] = {"type": "json_schema", "json_schema": form}
        elif forms:
            parameters["response_format"] = {"type": forms[0]}
        return parameters

    def _call(
        self, question: _ChatQuestion, habits: frozenset[str], check: Callable[[Any], Any]
    ) -> tuple[Call, int]:
        """The call, and the most tokens that its answer may have."""
        parameters = {"model": self.model, **self._parameters(question, habits)}
        system, schema = question.system, question.schema
        most = question.max_tokens
        if question.is_roomy or THINKS in habits:
            most += THINKING_TOKENS
        if parameters.get("response_format", {}).get("type") != "json_schema":
            system = f"{system}\n\nAnswer with JSON alone, by this JSON schema:\n{_line(schema)}"
        told = [_message("system", system), *question.messages]
        pictures = question.pictures
        need = self._need(told, schema, most, len(pictures))
        keyed = {**parameters, "server": self._transport.base_url, "detail": self._detail}
        call = Call(
            key=call_key(PROVIDER, self.model, keyed, _line(told), pictures_digest(pictures)),
            what=f"an answer of {self.model}",
            path="chat/completions",
            need=need,
            asked=self._asked,
            build=lambda: {"json": {**parameters, "messages": self._with(told, pictures)}},
            used=lambda body: chat_usage(body, need, self._asked.charges(answering(body))),
            answer=lambda body: packed(chat_completion(body)),
            check=lambda kept: passed(kept, check, model=self.model, max_tokens=most),
        )
        return call, most

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
        asked += estimate_tokens(_line(schema)) + pictures * self._picture_tokens
        need = {
            Currency.REQUESTS_MIN: 1.0,
            Currency.REQUESTS_DAY: 1.0,
            Currency.TOKENS_IN_MIN: float(asked + max_tokens),
            Currency.TOKENS_OUT_MIN: float(max_tokens),
            Currency.TOKENS_DAY: float(asked + max_tokens),
        }
        price = self._asked.charges()
        if price is None:
            return need
        return with_money(need, price.cost_usd(tokens_in=asked, tokens_out=max_tokens))


def _without_pictures(model: str, error: VideobatchError) -> PermanentError:
    return PermanentError(f"{model} takes no pictures: {error.message}", code=NO_PICTURES)


def _message(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
