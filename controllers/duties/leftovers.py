"""Leftovers: files and checkpoints of attempts that nobody goes on with are removed."""

from __future__ import annotations

import time
from dataclasses import dataclass

from controllers.duties.duty import Round
from videobatch.pipeline.outputs.leftovers import clean_leftovers
from videobatch.state.ledger import Ledger
from videobatch.state.views import Views

EVERY_S, AT_ONCE = 5.0, 20


@dataclass(slots=True)
class Leftovers:
    """Removes a few at once, so that a round stays short."""

    ledger: Ledger
    views: Views
    due_s: float = 0.0

    def run(self, now: Round) -> None:
        """Removes what is due. Safe to repeat."""
        clean_leftovers(self.ledger, self.views, AT_ONCE)
        self.due_s = time.monotonic() + EVERY_S
