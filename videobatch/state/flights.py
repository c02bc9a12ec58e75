"""The permitted calls that this process has out (not the one sending of a call, which is a
`CallFlights`), kept alive in Redis for as long as it lives."""

from __future__ import annotations

from videobatch.state.renewals import Renewals
from videobatch.state.store import Store

# What a process that died had out counts as in flight no longer than this.
LIFE_S = 15.0
RENEWALS = 3


class Flights:
    """Renews the permits of one scope. With `life_s` nothing is renewed, and what is out counts for
    so long. Safe for threads and across a fork: a child has nothing out."""

    def __init__(self, store: Store, scope: str, life_s: float | None = None) -> None:
        self.life_ms = round((life_s or LIFE_S) * 1000)
        self._renews = life_s is None
        hurried = store.with_patience(0.0)
        self._out: Renewals[str] = Renewals(
            lambda out: hurried.run("limits/renew_flights", scope, self.life_ms, *out),
            self.life_ms / 1000 / RENEWALS,
            "flights",
        )

    def add(self, permit_id: str) -> None:
        """Notes that a call is out from now on."""
        if self._renews:
            self._out.add(permit_id)

    def remove(self, permit_id: str) -> None:
        """Notes that it is back. Safe to repeat."""
        self._out.remove(permit_id)
