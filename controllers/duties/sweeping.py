"""Sweeping: what others left is put right, and the queue is filled up to its window."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from controllers.duties.duty import Round
from videobatch.state.ledger import Ledger, Swept

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Sweeping:
    """Sizes the window by the slots that are wanted, and sweeps: `sweep` is the ledger's own, or
    one that looks for dead workers as well."""

    ledger: Ledger
    sweep: Callable[[], Swept]
    due_s: float = 0.0

    def run(self, now: Round) -> None:
        """One sweep, which feeds as well. Safe to repeat."""
        self.ledger.set_window(now.slots)
        swept = self.sweep()
        if swept.expired or swept.prolonged:
            log.info("sweep: %d leases ended, %d prolonged", swept.expired, swept.prolonged)
