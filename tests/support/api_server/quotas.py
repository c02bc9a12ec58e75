"""A token bucket and a fixed window, which also know what a perfect client could have had.

No clock is read: `now_s` comes with each call and never goes back.
"""

from __future__ import annotations

import math
from typing import Protocol

# Sums of many small gains end a hair below the whole number that they stand for.
ROUNDING = 1e-6


class Offer:
    """What a client could have taken that was always there, and took all at once.

    While the server could not be reached the client takes nothing: what would have come to it
    is kept up to the quota's bound, and counts when the server is back. `whole`: it is taken in
    ones, so that a part of one waits for the rest of it.
    """

    def __init__(self, *, whole: bool) -> None:
        self.total = 0.0
        self._whole = whole
        self._kept = 0.0

    def gain(self, amount: float, bound: float, *, reachable: bool) -> None:
        """`amount` has come in. `bound` is the most that waits for an absent client."""
        self._kept += amount
        if not reachable:
            self._kept = min(bound, self._kept)
            return
        taken = float(math.floor(self._kept + ROUNDING)) if self._whole else self._kept
        self.total += taken
        self._kept = max(0.0, self._kept - taken)


class Quota(Protocol):
    """An amount that calls take from and that time gives back."""

    offer: Offer

    @property
    def level(self) -> float:
        """What can be taken at this moment."""

    @property
    def capacity(self) -> float:
        """The most that it holds."""

    def advance(self, now_s: float, *, reachable: bool = True) -> None:
        """What the time since the last look gave; `reachable` holds for all of that time."""

    def wait_s(self, need: float) -> float | None:
        """The seconds until `need` could be taken (0: now), None if it never can."""

    def take(self, need: float) -> None:
        """Takes it; the caller has asked `wait_s`."""

    def refill_s(self) -> float:
        """The seconds until it is full again, if nothing is taken."""

    def restart(self, now_s: float) -> None:
        """Full, and time begins at `now_s`."""

    def recount(self, *, reachable: bool = True) -> None:
        """The offer begins anew with what is there."""


class Bucket:
    """Fills at `per_s` up to `capacity`; full at first."""

    def __init__(self, per_s: float, capacity: float, now_s: float, *, whole: bool = False) -> None:
        self.per_s = per_s
        self.capacity = capacity
        self._whole = whole
        self.restart(now_s)
        self.recount()

    def restart(self, now_s: float) -> None:
        self._at_s = now_s
        self.level = self.capacity

    def recount(self, *, reachable: bool = True) -> None:
        self.offer = Offer(whole=self._whole)
        self.offer.gain(self.level, self.capacity, reachable=reachable)

    def advance(self, now_s: float, *, reachable: bool = True) -> None:
        gained = max(0.0, now_s - self._at_s) * self.per_s
        self._at_s = max(now_s, self._at_s)
        self.level = min(self.capacity, self.level + gained)
        self.offer.gain(gained, self.capacity, reachable=reachable)

    def wait_s(self, need: float) -> float | None:
        if need > self.capacity + ROUNDING:
            return None
        missing = need - self.level
        return missing / self.per_s if missing > ROUNDING else 0.0

    def take(self, need: float) -> None:
        self.level = max(0.0, self.level - need)

    def refill_s(self) -> float:
        return (self.capacity - self.level) / self.per_s

    def change(self, per_s: float, capacity: float) -> None:
        """From now on; what lies above a smaller capacity is lost."""
        self.per_s = per_s
        self.capacity = capacity
        self.level = min(self.level, capacity)


class Window:
    """`limit` in each `window_s` seconds, which begin at multiples of it."""

    def __init__(self, limit: float, window_s: float, now_s: float) -> None:
        self.capacity = limit
        self.window_s = window_s
        self.restart(now_s)
        self.recount()

    @property
    def level(self) -> float:
        return max(0.0, self.capacity - self._taken)

    def restart(self, now_s: float) -> None:
        self._at_s = now_s
        self._number = math.floor(now_s / self.window_s)
        self._offered = self.capacity
        self._taken = 0.0

    def recount(self, *, reachable: bool = True) -> None:
        self.offer = Offer(whole=True)
        self.offer.gain(self.level, self.capacity, reachable=reachable)

    def advance(self, now_s: float, *, reachable: bool = True) -> None:
        self._at_s = max(now_s, self._at_s)
        begun = math.floor(self._at_s / self.window_s) - self._number
        if begun:
            self._number += begun
            self._taken = 0.0
            self._offered = self.capacity
        self.offer.gain(begun * self.capacity, self.capacity, reachable=reachable)

    def wait_s(self, need: float) -> float | None:
        if need > self.capacity + ROUNDING:
            return None
        return 0.0 if need <= self.level + ROUNDING else self.refill_s()

    def take(self, need: float) -> None:
        self._taken += need

    def refill_s(self) -> float:
        return (self._number + 1) * self.window_s - self._at_s

    def change(self, limit: float, *, reachable: bool = True) -> None:
        """For the window that runs too: what was taken of it stays taken."""
        self.capacity = limit
        self.offer.gain(max(0.0, limit - self._offered), limit, reachable=reachable)
        self._offered = max(limit, self._offered)
