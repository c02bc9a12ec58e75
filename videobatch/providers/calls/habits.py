"""Habits of servers, learned from their rejections and remembered: parameters, forms and pictures
that they do not take for a model."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from videobatch.errors import PermanentError, RejectedError
from videobatch.ports import Habits

R = TypeVar("R")

# The model takes no pictures; it thinks before it answers, and needs room for that.
PICTURES, THINKS = "pictures", "thinks"
# Statuses of a request that would be served if it were asked otherwise: OpenRouter has 404 where
# no server of the model takes a parameter, others 415 for pictures and 501 for what is not made.
ABOUT_THE_FORM = frozenset({400, 404, 405, 415, 422, 501})
_PICTURES = re.compile(
    r"image|picture|vision|multi-?modal|content must be a string|must be a string|"
    r"expected a string|unknown variant",
    re.IGNORECASE,
)
# Other words for a parameter.
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "thinkingConfig": ("thinking", "thinkingBudget", "thinking_budget"),
    "responseSchema": ("schema",),
    "responseMimeType": ("JSON mode",),
    "systemInstruction": ("system instruction", "developer instruction"),
}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class OwnHabits:
    """Satisfies `ports.Habits` for one process."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], frozenset[str]] = {}
        self._lock = threading.Lock()

    def known(self, server: str, model: str) -> frozenset[str]:
        """All that the server does not take for the model."""
        return self._known.get((server, model), frozenset())

    def learn(self, server: str, model: str, habit: str) -> None:
        """Remembers one more. Safe to repeat."""
        with self._lock:
            self._known[server, model] = self.known(server, model) | {habit}


def by_habit(
    habits: Habits,
    server: str,
    model: str,
    ask: Callable[[frozenset[str]], R],
    lesson: Callable[[RejectedError, frozenset[str]], str | None],
) -> R:
    """Asks without what the server does not take for the model, and learns what that is.

    A rejection is not paid for: `lesson` says what to leave out the next time, or None. It is
    remembered once a request without it was served; until then the first rejection counts, and is
    what comes out where nothing helps. `ask` may raise anything.
    """
    tried: frozenset[str] = frozenset()
    first: RejectedError | None = None

    def learn() -> None:
        for habit in sorted(tried):
            habits.learn(server, model, habit)

    while True:
        known = habits.known(server, model) | tried
        try:
            found = ask(known)
        except RejectedError as error:
            first = first or error
            habit = lesson(error, known)
            if habit is None or habit in known:
                raise first from None
            tried |= {habit}
        except PermanentError:
            # It was served, if with nothing of use.
            learn()
            raise
        else:
            learn()
            return found


def refused_parameter(error: RejectedError, sent: Mapping[str, Any]) -> str | None:
    """The name of the parameter, of those sent, that the refusal is about, or None.

    It is the one that the server names as such, else one whose name or value it speaks of; the
    longest, because `max_tokens` may be part of another name.
    """
    if error.code != RejectedError.default_code or error.status not in ABOUT_THE_FORM:
        return None
    place = error.parameter.partition(".")[0].partition("[")[0]
    if place in sent:
        return place
    said = error.said
    named = [n for n in sent if any(_speaks_of(said, word) for word in _names(n))]
    if not named:
        named = [n for n, value in sent.items() if any(_speaks_of(said, v) for v in _words(value))]
    return max(named, key=len, default=None)


def is_about_pictures(error: RejectedError) -> bool:
    """True where a request with pictures may have been refused for them."""
    return error.status in ABOUT_THE_FORM and speaks_of_pictures(error.said)


def speaks_of_pictures(said: str) -> bool:
    """True for words about pictures, or about what a message with pictures is not."""
    return _PICTURES.search(said) is not None


def _names(parameter: str) -> tuple[str, ...]:
    """A parameter as servers write it: `responseSchema` is `response_schema` too."""
    return parameter, _HUMP.sub("_", parameter).lower(), *_ALIASES.get(parameter, ())


def _speaks_of(said: str, word: str) -> bool:
    return re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", said, re.IGNORECASE) is not None


def _words(value: Any) -> Iterable[str]:
    """The names in a value: `verbose_json`, the `json_schema` of a form."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping) and isinstance(value.get("type"), str):
        yield str(value["type"])
