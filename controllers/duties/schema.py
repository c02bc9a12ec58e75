"""The schema: a newer form of the ledger is put in force once all workers know it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from controllers.duties.duty import Round
from videobatch.state.ledger import Ledger
from videobatch.state.versions import raise_to

EVERY_S = 30.0


@dataclass(slots=True)
class Schema:
    """Not due before the workers have had the time to say which version they know."""

    ledger: Ledger
    due_s: float = field(default_factory=lambda: time.monotonic() + EVERY_S)

    def run(self, now: Round) -> None:
        """Raises the version to the newest that all who live know. Safe to repeat."""
        self.due_s = time.monotonic() + EVERY_S
        known = [reading.sample.schema for reading in now.readings.values()]
        if known:
            raise_to(self.ledger.store, known)
