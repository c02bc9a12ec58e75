"""Sound heard in parts: one that is refused, or that a model cannot get to the end of, is heard in
halves down to a bound; what is left is a gap, and costs its own seconds alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from videobatch.errors import (
    ANSWER_CUT,
    BAD_ANSWER,
    NO_ANSWER,
    RECOGNISER,
    REFUSED,
    TOO_LARGE,
    BudgetError,
    PermanentError,
    RejectedError,
)
from videobatch.ports import Spoken
from videobatch.records import Gap, Utterance

log = logging.getLogger(__name__)

P = TypeVar("P")

# Shorter ones lose more words at their ends than they are worth.
LEAST_PART_S = 15.0
DIVISIBLE = frozenset({TOO_LARGE, ANSWER_CUT, BAD_ANSWER, NO_ANSWER, REFUSED, RECOGNISER})
# Where nothing at all is heard, halves would cost many calls to say so.
PATIENCE = 3
# A request that is rejected for what it holds, not for where it goes.
ABOUT_THE_SOUND = frozenset({400, 415, 422})
REASON_CHARACTERS = 200


def hear(
    part: P,
    ask: Callable[[P], Sequence[Utterance]],
    halves: Callable[[P], Sequence[P]],
    gap: Callable[[P, str], Gap],
) -> Spoken:
    """Hears the part by `ask`, or its `halves`, and theirs, until they have none. `gap` is the loss
    of a part, with its reason. Raises what is no matter of the part's content."""
    said: list[Utterance] = []
    lost: list[tuple[Gap, PermanentError]] = []
    answers = 0
    waiting = [part]
    while waiting:
        each = waiting.pop()
        try:
            said += ask(each)
            answers += 1
            continue
        except BudgetError as error:
            # Raised where a call of the least size is still too large for the account.
            smaller = halves(each) if error.code == TOO_LARGE else ()
            if not smaller:
                raise
            why = error.message
        except PermanentError as error:
            if not is_of_the_sound(error):
                raise
            is_patient = answers or len(lost) < PATIENCE
            smaller = halves(each) if error.code in DIVISIBLE and is_patient else ()
            why = _reason(error)
            if not smaller:
                log.warning("%s; it stays a gap", why)
                lost.append((gap(each, why), error))
                continue
        log.warning("%s; it is heard in halves", why)
        waiting += reversed(smaller)
    first = lost[0][1] if lost else None
    return Spoken(tuple(said), joined(gap for gap, _ in lost), first, answers > 0)


def is_of_the_sound(error: PermanentError) -> bool:
    """True for an error that another stretch of the same sound need not have."""
    if isinstance(error, RejectedError) and error.code == RejectedError.default_code:
        return error.status in ABOUT_THE_SOUND
    return error.code in DIVISIBLE


def _reason(error: PermanentError) -> str:
    """The reason, the same for each stretch: a server's own words, where it rejects one."""
    said = error.said if isinstance(error, RejectedError) else error.message
    return said[:REASON_CHARACTERS]


def joined(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The gaps in order; those that touch and have one reason as one."""
    found: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: gap.start_s):
        last = found[-1] if found else None
        if last and gap.start_s - last.end_s < 0.05 and (gap.by, gap.why) == (last.by, last.why):
            found[-1] = replace(last, end_s=gap.end_s)
        else:
            found.append(gap)
    return tuple(found)


def together(parts: Sequence[Spoken]) -> Spoken:
    """The parts of one video as one, in their order."""
    return Spoken(
        tuple(said for part in parts for said in part.utterances),
        joined(gap for part in parts for gap in part.gaps),
        next((part.error for part in parts if part.error), None),
        any(part.is_heard for part in parts),
    )
