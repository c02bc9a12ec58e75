"""Answers of a form: asked for, checked, and asked for once more with the error."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from videobatch.errors import ANSWER_CUT, BAD_ANSWER, NO_ANSWER, REFUSED, PermanentError
from videobatch.paths import display
from videobatch.providers.answers.candidates import fitting
from videobatch.providers.answers.completions import Completion, is_thought_alone
from videobatch.providers.calls.call import UnfitError
from videobatch.records import Picture

T = TypeVar("T")

COMPLAINT_CHARACTERS = 1000
MESSAGE_CHARACTERS = 300
QUOTED_CHARACTERS = 80
# Why answers end that are refusals: OpenAI's and Azure's word, Gemini's reasons for a stop and for
# a block, Zhipu's. https://ai.google.dev/api/generate-content#FinishReason
REFUSALS = frozenset(
    {
        "content_filter",
        "refusal",
        "sensitive",
        "safety",
        "recitation",
        "prohibited_content",
        "blocklist",
        "spii",
        "image_safety",
        "other",
        "block_reason_unspecified",
    }
)
# The room for thoughts of a model that thinks before it answers.
THINKING_TOKENS = 8192
CUT = frozenset({"length", "max_tokens"})


class BadAnswerError(PermanentError):
    """An answer of another form than asked for: its text, and what is wrong with it."""

    default_code = BAD_ANSWER

    def __init__(self, model: str, text: str, wrong: str) -> None:
        quoted = " ".join(text.split())[:QUOTED_CHARACTERS]
        told = display(f'{wrong[:MESSAGE_CHARACTERS]} ("{quoted}")')
        super().__init__(
            f"{model} gave an answer of another form than asked for: {told}",
            hint="try a larger model, or a template with a simpler form",
        )
        self.text = text
        self.wrong = wrong


class ThoughtAloneError(PermanentError):
    """The model thought until it had no room left for an answer."""

    default_code = ANSWER_CUT


@dataclass(frozen=True, slots=True)
class Again:
    """The way to ask a question: behind a bad answer and what to say about it, with more room."""

    before: tuple[str, str] | None = None
    is_roomy: bool = False


def structured(ask: Callable[[Again], T]) -> T:
    """Asks for an answer of a form. `ask` sends the question and raises BadAnswerError or
    ThoughtAloneError for an answer that will not do. After each of them it is asked once more, told
    what was wrong, or given more room; what it raises then comes through, like everything else."""
    again = Again()
    while True:
        try:
            return ask(again)
        except ThoughtAloneError:
            if again.is_roomy:
                raise
            again = replace(again, is_roomy=True)
        except BadAnswerError as error:
            if again.before:
                raise
            complaint = f"That answer cannot be used: {error.wrong}"[:COMPLAINT_CHARACTERS]
            wish = f"{complaint}\n\nGive the whole answer again, without the error."
            again = replace(again, before=(error.text, wish))


def packed(completion: Completion) -> str:
    """The completion as it is kept: one line of JSON."""
    kept = {"text": completion.text, "finish": completion.finish}
    if completion.refusal:
        kept["refusal"] = completion.refusal
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))


def passed(kept: str, check: Callable[[Any], T], *, model: str, max_tokens: int) -> T:
    """The JSON in a kept answer, as `check` makes it. Raises PermanentError for one that is
    refused (`refused`), empty (`no_answer`) or cut (`answer_cut`), ThoughtAloneError where only
    thoughts came, BadAnswerError for what `check` refuses, by ValueError."""
    completion = _unpacked(kept, model)
    finish = completion.finish.lower()
    if completion.refusal or finish in REFUSALS:
        why = " ".join((completion.refusal or completion.finish).split())[:MESSAGE_CHARACTERS]
        raise PermanentError(f"{model} refused to answer ({display(why)})", code=REFUSED)
    if finish in CUT:
        if is_thought_alone(completion.text):
            raise ThoughtAloneError(
                f"{model} thought until its {max_tokens} tokens were used up, and gave no answer",
                hint="take a model that thinks less, or allow longer answers",
            )
        raise PermanentError(
            f"an answer of {model} is longer than {max_tokens} tokens",
            hint="allow longer answers, or ask for less at once",
            code=ANSWER_CUT,
        )
    if not completion.text.strip():
        reason = f" ({display(completion.finish)[:50]})" if completion.finish else ""
        raise PermanentError(f"{model} gave no answer{reason}", code=NO_ANSWER)
    try:
        return fitting(completion.text, check)
    except UnfitError as error:
        raise BadAnswerError(model, completion.text, str(error)) from error


def _unpacked(kept: str, model: str) -> Completion:
    try:
        found = json.loads(kept)
        refusal = sendable(str(found.get("refusal") or ""))
        return Completion(sendable(str(found["text"])), str(found["finish"]), refusal)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise BadAnswerError(model, "", "it is kept in a form of another version") from error


def sendable(text: str) -> str:
    """The text without halves of characters, which some servers send and nobody can be sent."""
    return text.encode("utf-8", "replace").decode("utf-8")


def pictures_digest(pictures: Sequence[Picture]) -> str:
    """The hash of all pictures in their order, as part of a call's key; "" without any."""
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(hashlib.sha256(picture.jpeg).digest())
    return digest.hexdigest() if pictures else ""
