"""Pruning: rows that Celery's transport left of processes that died are taken out."""

from __future__ import annotations

import time
from dataclasses import dataclass

from controllers.duties.duty import Round
from videobatch.state.bindings import Bindings

EVERY_S = 60.0


@dataclass(slots=True)
class Pruning:
    """Looks through the bindings once a minute."""

    bindings: Bindings
    due_s: float = 0.0

    def run(self, now: Round) -> None:
        """Takes out what has stood there for too long. Safe to repeat."""
        self.bindings.prune()
        self.due_s = time.monotonic() + EVERY_S
