"""The ends of models: which is over, which comes soon, and who takes the model's place. Pure: the
day is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from videobatch.providers.paid_models import PaidModel, PaidModels

# An end is told so many days before.
SOON_DAYS = 30
SECONDS_PER_DAY = 86_400.0
# No batch is reckoned further than this.
FURTHEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A server's list that says nothing of ends."""


UNSAID = Unsaid()
# What a server's own list says of a model's end: a day, that there is none (None), or nothing.
Announced = date | Unsaid | None


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a model: the day from which it is off, whether that `is_over`, its successor and
    who answers in its place ("" where nothing is known)."""

    model: str
    ends: date
    is_over: bool
    successor: str = ""
    answered_by: str = ""

    @property
    def in_words(self) -> str:
        """The end in one line, with who takes the model's place."""
        told = "was switched off on" if self.is_over else "is switched off on"
        line = f"{self.model} {told} {self.ends.isoformat()}"
        if self.answered_by and not self.is_over:
            return f"{line}; {self.answered_by} answers in its place from then on, at its own price"
        return f"{line}; its successor is {self.successor}" if self.successor else line


def ending(
    models: PaidModels,
    model: str,
    today: date,
    *,
    lasts_s: float = 0.0,
    announced: Announced = UNSAID,
) -> Ending | None:
    """The end of the model if it is over, comes within 30 days, or before work of `lasts_s` would
    be done; None if not. What a server's own list has `announced` wins over the catalogue."""
    known = models.model(model) or PaidModel()
    ends = known.valid_until if isinstance(announced, Unsaid) else announced
    days = min(max(SOON_DAYS, lasts_s / SECONDS_PER_DAY), FURTHEST_DAYS)
    if ends is None or ends > today + timedelta(days=days):
        return None
    return Ending(model, ends, ends <= today, known.replaced_by or "", known.answered_by or "")
