"""Stretches that nobody transcribes: a few refused seconds cost those seconds, not the document.

A part that is refused, or that a model cannot get to the end of, is heard in halves down to a
bound; what is left is a gap.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
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
from videobatch.pipeline.markdown import stamp
from videobatch.records import Gap, Remark, RemarkCode, Utterance

log = logging.getLogger(__name__)

P = TypeVar("P")

DIVISIBLE = frozenset({TOO_LARGE, ANSWER_CUT, BAD_ANSWER, NO_ANSWER, REFUSED, RECOGNISER})
# Where nothing at all is heard, halves would cost twenty calls to say so.
PATIENCE_PARTS, PATIENCE_SEGMENTS = 3, 3
# A request that is rejected for what it holds, not for where it goes.
ABOUT_THE_SOUND = frozenset({400, 415, 422})
SHOWN_STRETCHES, SHOWN_REASONS, SHOWN_CHARACTERS = 5, 5, 200


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said in a part, its gaps, and the error of the first of them; `is_heard` where any
    of it was answered, if only with silence."""

    utterances: tuple[Utterance, ...]
    gaps: tuple[Gap, ...] = ()
    error: PermanentError | None = None
    is_heard: bool = True


def hear(
    part: P,
    ask: Callable[[P], Sequence[Utterance]],
    halves: Callable[[P], Sequence[P]],
    gap: Callable[[P, str], Gap],
) -> Spoken:
    """What `ask` gets of the part, or of its `halves`, and of theirs, until they have none. `gap`
    is the loss of a part, with its reason. Raises what is no matter of the part's content."""
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
            is_patient = answers or len(lost) < PATIENCE_PARTS
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
    """Why, the same for each stretch: a server's own words, where it rejects one."""
    said = error.said if isinstance(error, RejectedError) else error.message
    return said[:SHOWN_CHARACTERS]


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


class Losses:
    """The gaps of a video, as its segments come in."""

    def __init__(self) -> None:
        self.gaps: tuple[Gap, ...] = ()
        self._is_heard = False
        self._lost = 0
        self._first: PermanentError | None = None

    def note(self, spoken: Spoken) -> tuple[Utterance, ...]:
        """The utterances. Raises the first error where the first segments are lost one after the
        other, and not because of what is said in them: then all would be."""
        self.gaps = joined((*self.gaps, *spoken.gaps))
        self._is_heard = self._is_heard or spoken.is_heard
        if spoken.error and not spoken.is_heard:
            self._lost += 1
            self._first = self._first or spoken.error
            is_refusal = self._first.code == REFUSED
            if not self._is_heard and not is_refusal and self._lost >= PATIENCE_SEGMENTS:
                raise self._first
        return spoken.utterances

    def check(self, *, has_pictures: bool) -> None:
        """Raises the first error where nothing was heard at all, unless the provider refused what
        is said, and there are pictures to make a document of."""
        if self._first is None or self._is_heard:
            return
        if not (has_pictures and self._first.code == REFUSED):
            raise self._first

    @property
    def seconds(self) -> float:
        """How long they are together."""
        return sum(gap.end_s - gap.start_s for gap in self.gaps)

    def remarks(self) -> tuple[Remark, ...]:
        """Who refused what, for a reader."""
        ordered = sorted(self.gaps, key=lambda gap: (gap.by, gap.why))
        groups = [
            (by, why, list(gaps))
            for (by, why), gaps in groupby(ordered, key=lambda gap: (gap.by, gap.why))
        ]
        if len(groups) > SHOWN_REASONS:
            others = [gap for _, _, gaps in groups[SHOWN_REASONS - 1 :] for gap in gaps]
            groups[SHOWN_REASONS - 1 :] = [(others[0].by, "for several reasons", others)]
        return tuple(Remark(RemarkCode.GAP, _told(*group)) for group in groups)


def _told(by: str, why: str, gaps: Sequence[Gap]) -> str:
    shown = ", ".join(f"{stamp(g.start_s)} to {stamp(g.end_s)}" for g in gaps[:SHOWN_STRETCHES])
    rest = len(gaps) - SHOWN_STRETCHES
    more = f" and {rest} more" if rest > 0 else ""
    return f"What is said from {shown}{more} is missing: {by} did not transcribe it ({why})."
