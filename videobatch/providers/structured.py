"""Answers of a form: asked for, checked, and asked for once more with the error."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from videobatch.errors import PermanentError
from videobatch.paths import display
from videobatch.records import Picture

T = TypeVar("T")

COMPLAINT_CHARACTERS = 1000
MESSAGE_CHARACTERS = 300
_FENCE = re.compile(r"\A\s*```[a-z]*\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)


def structured(
    ask: Callable[[tuple[str, str] | None], str], check: Callable[[Any], T], model: str
) -> T:
    """What `check` makes of the JSON that `ask` gets from the model.

    `ask` is handed None, and for the second time the bad answer with what to say about it. `check`
    raises ValueError (as pydantic does) for an answer that will not do; a second one raises
    PermanentError (`bad_answer`). What `ask` raises comes through.
    """
    text = ask(None)
    try:
        return check(decoded(text))
    except ValueError as error:
        complaint = f"That answer cannot be used: {error}"[:COMPLAINT_CHARACTERS]
    text = ask((text, f"{complaint}\n\nGive the whole answer again, without the error."))
    try:
        return check(decoded(text))
    except ValueError as error:
        raise PermanentError(
            f"{model} twice gave an answer of another form than asked for: "
            f"{display(' '.join(str(error).split()))[:MESSAGE_CHARACTERS]}",
            hint="try a larger model, or a template with a simpler form",
            code="bad_answer",
        ) from error


def decoded(text: str) -> Any:
    """The JSON, also out of the fence that some models put around it. Raises ValueError."""
    fenced = _FENCE.match(text)
    try:
        return json.loads(fenced[1] if fenced else text)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error


def whole(text: str, *, is_cut: bool, model: str, max_tokens: int, why: str = "") -> str:
    """The answer. Raises PermanentError for one that is cut (`answer_cut`) or empty
    (`no_answer`); `why` is the server's word for it."""
    if is_cut:
        raise PermanentError(
            f"an answer of {model} is longer than {max_tokens} tokens",
            hint="allow longer answers, or ask for less at once",
            code="answer_cut",
        )
    if not text.strip():
        reason = f" ({display(why)[:50]})" if why else ""
        raise PermanentError(f"{model} gave no answer{reason}", code="no_answer")
    return text


def pictures_digest(pictures: Sequence[Picture]) -> str:
    """The hash of all pictures in their order, as part of a call's key; "" without any."""
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(hashlib.sha256(picture.jpeg).digest())
    return digest.hexdigest() if pictures else ""
