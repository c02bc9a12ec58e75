"""The starts of videos that the API allows a minute, as Celery's `rate_limit` of the task shows it.

The limiter in Redis is what limits calls. This is its mirror, which `celery inspect` and Flower
show: three times the starts that the API's rate allows, so that it never holds a video back that
could run, and none at all where videos begin faster, from answers that are there already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from controllers.fleet.counters import Counters
from controllers.fleet.readings import Readings
from videobatch.records import Counted
from videobatch.state.limit_views import LimitView

HEADROOM = 3.0
# Fewer videos say nothing of how many calls one takes.
LEAST_VIDEOS = 5
EVERY_S = 10.0
CHANGE = 1.25


class RateRemote(Protocol):
    """Celery's remote control, as far as it is used."""

    def rate_limit(self, task_name: str, rate_limit: str | int) -> object:
        """Sets the rate of a task's starts in each worker; 0 for any."""


@dataclass(slots=True)
class StartRates:
    """Tells the workers where the rate has changed by a quarter, or one of them is new."""

    remote: RateRemote
    task_name: str
    _told: float | None = None
    _workers: frozenset[str] = frozenset()
    _due_s: float = 0.0

    def is_due(self, at_s: float) -> bool:
        """True every ten seconds."""
        if self._due_s - EVERY_S <= at_s < self._due_s:
            return False
        self._due_s = at_s + EVERY_S
        return True

    def look(self, readings: Readings, counters: Counters, limits: list[LimitView]) -> float | None:
        """Starts a minute that the workers are told, None for any."""
        wanted = _wanted(counters, limits)
        workers = frozenset(readings)
        is_new = wanted is not None and not workers <= self._workers
        if is_new or _differs(wanted, self._told):
            self.remote.rate_limit(self.task_name, "0" if wanted is None else f"{wanted:.0f}/m")
            self._told = wanted
        self._workers = workers
        return self._told


def _wanted(counters: Counters, limits: list[LimitView]) -> float | None:
    totals, gained = counters.totals(), counters.gained(EVERY_S)
    videos, calls = totals[Counted.VIDEOS_DONE], totals[Counted.CALLS_SERVED]
    rates = [each.per_min for each in limits if each.per_min is not None]
    if not rates or gained is None or videos < LEAST_VIDEOS or calls <= 0:
        return None
    starts = HEADROOM * min(rates) * videos / calls
    if gained[Counted.VIDEOS_DONE] * 60 / EVERY_S > starts / 2:
        # They end faster than the API alone would let them.
        return None
    return max(1.0, starts)


def _differs(wanted: float | None, told: float | None) -> bool:
    if wanted is None or told is None:
        return wanted is not told
    return not told / CHANGE <= wanted <= told * CHANGE
