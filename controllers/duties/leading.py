"""Leadership: one controller of all leads, by a lease that it renews in each round."""

from __future__ import annotations

from dataclasses import dataclass

from controllers.duties.assigning import Assigning
from controllers.duties.duty import Round
from videobatch.state.ledger import Ledger

LEADER_LEASE_S = 3.0


@dataclass(slots=True)
class Leading:
    """The right to lead. `name` tells this controller from those that stand by; `heard` is the
    highest token of a leader that workers have told of. Who leads anew lets `assigning` go on from
    what the leader before remembered."""

    name: str
    ledger: Ledger
    assigning: Assigning | None = None
    heard: int = 0
    due_s: float = 0.0
    _token: int = 0

    def run(self, now: Round) -> None:
        """Takes or renews the lease: the round has its token, or 0 where another one leads."""
        token = self.ledger.lead(self.name, LEADER_LEASE_S, self.heard)
        if token and token != self._token and self.assigning is not None:
            self.assigning.follow_on(lost=self.ledger.predecessor_lost())
        self._token = token or self._token
        now.token = token

    def resign(self) -> None:
        """Gives the lease back, so that the next one need not wait for its end."""
        self.ledger.resign(self.name)
