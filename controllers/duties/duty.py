"""One round of a controller, and the promise of each duty."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from controllers.fleet.readings import Readings
from controllers.policy.records import Decision


@dataclass(slots=True)
class Round:
    """One round: the words that its duties hand on to those after them.

    `token` is the leader's, 0 for a controller that stands by; `readings` are the workers' newest,
    `slots` those that are wanted of all of them, `decisions` the newest that were recorded.
    """

    token: int = 0
    readings: Readings = field(default_factory=dict)
    slots: int = 0
    decisions: tuple[Decision, ...] = ()

    @property
    def leads(self) -> bool:
        """True for the round of the one controller that leads."""
        return self.token != 0


class Duty(Protocol):
    """A task of the leading controller. `due_s`, by the monotonic clock, is when it is to be run
    next; one that leaves it alone is run in each round."""

    due_s: float

    def run(self, now: Round) -> None:
        """Does it once. Raises LedgerError, RedisError or kombu's OperationalError; then it is
        due again in the next round, unless it has moved its time before."""
