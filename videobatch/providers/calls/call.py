"""A call to be made: its key, its address, its need, and the check of its answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from videobatch.errors import PermanentError
from videobatch.providers.paid_models import Asked
from videobatch.records import Amounts


class UnfitError(ValueError):
    """An answer that is not what was asked for; its text is ours, for a person."""


def call_key(
    provider: str, model: str, parameters: Mapping[str, Any], prompt: str, content_hash: str
) -> str:
    """The identity of a call, as 64 hex digits: equal calls have equal keys, in every process.

    It is the SHA-256 of the five as one line of JSON: keys sorted, ASCII only, no spaces, behind
    a mark for this form. `parameters` is all that changes the answer and can be JSON; the order
    of its keys does not matter.
    """
    parts = ["videobatch-call-1", provider, model, parameters, prompt, content_hash]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Call:
    """A call to be made: what it is (`key`, and `what` for a person), where to (`path` below the
    base URL) and what it needs.

    `build` gives httpx' arguments for the body, at the first sending and only then. `used` reads
    from the decoded JSON what the call really used, `answer` the text to keep; it raises
    UnfitError if the JSON is no answer at all. `check` raises PermanentError for a text that is
    not what was asked for: only one that passes is stored and served. One of which `is_final` is
    False is returned and not stored. With `is_text` the body may be plain text, and `answer` is
    handed that. `asked` is the model that is to answer, and no other (None: whichever does).
    """

    key: str
    what: str
    path: str
    need: Amounts
    build: Callable[[], Mapping[str, Any]]
    used: Callable[[Any], Amounts]
    answer: Callable[[Any], str]
    check: Callable[[str], object] = lambda text: None
    is_final: Callable[[str], bool] = lambda text: True
    is_text: bool = False
    asked: Asked | None = None

    def takes(self, answer: str) -> bool:
        """True for an answer that passes the check."""
        try:
            self.check(answer)
        except PermanentError:
            return False
        return True
