"""Reporting: batches that have ended get their reports."""

from __future__ import annotations

import time
from dataclasses import dataclass

from controllers.duties.duty import Round
from videobatch.pipeline.outputs.report_files import write_due_reports
from videobatch.state.ledger import Ledger
from videobatch.state.views import Views

AGAIN_S = 30.0
# Well within the leader's lease; the next round writes those that are left.
WITHIN_S = 0.5


@dataclass(slots=True)
class Reporting:
    """Due in each round; after a report that could not be written only a while later."""

    ledger: Ledger
    views: Views
    due_s: float = 0.0

    def run(self, now: Round) -> None:
        """Writes what is due, as far as the time allows. Safe to repeat."""
        if not write_due_reports(self.ledger, self.views, within_s=WITHIN_S):
            self.due_s = time.monotonic() + AGAIN_S
