"""Publishing, prepared: tells the ledger into which queue, and as which message, it puts work."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from controllers.duties.duty import Round
from videobatch.state.ledger import Ledger

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Publishing:
    """Keeps `queue` and `message` in the ledger, and tells of a Redis that has lost its data:
    `lives` are the marks of the ledgers that this controller has led."""

    ledger: Ledger
    queue: str
    message: str
    due_s: float = 0.0
    lives: set[str] = field(default_factory=set)

    def run(self, now: Round) -> None:
        """Writes both. Each time, because a Redis that lost its data would otherwise publish
        nothing."""
        self._look_at_life()
        self.ledger.set_publishing(self.queue, self.message)

    def _look_at_life(self) -> None:
        life = self.ledger.life()
        if self.lives and life not in self.lives:
            log.error(
                "Redis has lost its data: it knows no batch of before; "
                "`videobatch recover OUT` rebuilds them from an output folder"
            )
        self.lives.add(life)
