"""One flight for each paid call: of all who want its answer one sends, the others wait."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from videobatch.errors import STOPPED, StoppingError
from videobatch.state.renewals import Renewals
from videobatch.state.store import Store

LEASE_S, RENEW_EVERY_S = 6.0, 2.0
# A flight whose lease has ended is looked at for so long before somebody else takes it: its process
# renews within this time, if it was Redis that was away.
LAPSED_S = 4.0
# Those who wait look at first after so long, then more and more seldom.
FIRST_LOOK_S, LONGEST_LOOK_S, LOOK_GROWTH = 0.05, 0.25, 1.5
# How long those who waited are told that it is over, with an answer that is not kept: many looks.
LEFT_S = 15.0
HeldFlight = tuple[str, str, str, str]
"""Its name and id, the video that it is for, and the attempt."""


@dataclass(frozen=True, slots=True)
class Look:
    """The result of a look at a flight: it is this caller's, or somebody's with the id `theirs`,
    or an answer, which is kept or was left to those who waited."""

    is_ours: bool = False
    theirs: str = ""
    answer: str | None = None
    is_kept: bool = True


class CallFlights:
    """Flights of this process. Safe for threads and across a fork.

    `attempt` says for which video the present thread works ("batch/video", "" for none), and a mark
    of the attempt at it: a later attempt takes over what an earlier one left. A process that died
    is taken over from once its lease has ended and nobody renewed it for `lapsed_s`. `is_stopping`
    is looked at four times a second while one waits.
    """

    def __init__(
        self,
        store: Store,
        *,
        kept_s: int,
        is_stopping: Callable[[], bool] = lambda: False,
        attempt: Callable[[], tuple[str, str]] = lambda: ("", ""),
        lease_s: float = LEASE_S,
        lapsed_s: float = LAPSED_S,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`kept_s` is how long an answer is kept after its last use."""
        self._store = store
        self._kept_s = kept_s
        self._is_stopping = is_stopping
        self._attempt = attempt
        self._lease_ms, self._lapsed_ms = round(lease_s * 1000), round(lapsed_s * 1000)
        self._pause = pause
        hurried = self._store.with_patience(0.0)
        self._held: Renewals[HeldFlight] = Renewals(
            lambda held: hurried.run(
                "calls/keep_flights", self._lease_ms, *(part for each in held for part in each)
            ),
            lease_s * RENEW_EVERY_S / LEASE_S,
            "call-flights",
        )

    @contextmanager
    def flight(self, name: str, *, has_answer: bool = True) -> Iterator[RedisFlight]:
        """The flight `name`, which ends with the block. Without `has_answer` nothing is stored
        under that name, and whoever waits has its turn in the end."""
        made = RedisFlight(self, (name, secrets.token_hex(8), *self._attempt()), has_answer)
        try:
            yield made
        finally:
            made.end()

    def take(self, held: HeldFlight, *, has_answer: bool = True, waited_for: str = "") -> Look:
        """Looks for an answer, and takes the flight where there is neither one nor a flight.
        `waited_for` is the id of the flight that was seen so far."""
        times = (self._lease_ms, int(has_answer), self._kept_s, self._lapsed_ms)
        reply: list[str] = self._store.run("calls/take_flight", *held, *times, waited_for)
        verdict, told = reply[0], reply[1] if len(reply) > 1 else ""
        if verdict == "ours":
            self._held.add(held)
            return Look(is_ours=True)
        if verdict == "theirs":
            return Look(theirs=told)
        return Look(answer=told, is_kept=verdict == "found")

    def end(self, held: HeldFlight, left: str = "") -> None:
        """Ends it; `left` is an answer that is not kept, for those who wait now. Safe to
        repeat."""
        self._held.remove(held)
        self._store.run("calls/end_flight", held[0], held[1], left, round(LEFT_S * 1000))

    def wait(self, seconds: float) -> None:
        """Naps. Raises StoppingError."""
        if self._is_stopping():
            raise StoppingError(STOPPED)
        self._pause(seconds)


class RedisFlight:
    """Satisfies `ports.Flight`; answers come and go as they are stored."""

    is_kept = True

    def __init__(self, flights: CallFlights, held: HeldFlight, has_answer: bool) -> None:
        self._flights = flights
        self._held = held
        self._has_answer = has_answer
        self._is_ours = False
        self._waited_for = self._left = ""

    def wait(self) -> str | None:
        """The answer; None: it is this caller's to send. Raises StoppingError."""
        nap_s = FIRST_LOOK_S
        while True:
            look = self._look()
            if look.is_ours or look.answer is not None:
                self.is_kept = look.is_kept
                # An answer that was left is had once.
                self._waited_for = ""
                return look.answer
            self._waited_for = look.theirs
            self._flights.wait(nap_s)
            nap_s = min(LONGEST_LOOK_S, nap_s * LOOK_GROWTH)

    def is_due(self) -> bool:
        """False where an answer came meanwhile, or somebody else took over."""
        return self._look().is_ours

    def leave(self, answer: str) -> None:
        """Hands an answer that is not kept to those who wait, when the flight ends."""
        self._left = answer

    def end(self) -> None:
        """Gives it to whoever waits. Safe to repeat."""
        if self._is_ours:
            self._flights.end(self._held, self._left)
            self._is_ours = False

    def _look(self) -> Look:
        look = self._flights.take(
            self._held, has_answer=self._has_answer, waited_for=self._waited_for
        )
        self._is_ours = self._is_ours or look.is_ours
        return look
