"""The world as the controller reads it: readings, pending videos and limits, in one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from controllers.fleet.counters import Counters
from controllers.fleet.readings import Readings, by_host
from controllers.fleet.snapshot import snapshot_of
from controllers.policy.records import Snapshot
from videobatch.state.limit_views import LimitView
from videobatch.state.views import Views


@dataclass(slots=True)
class Sampling:
    """Takes the snapshot of each round. `memory_limit_bytes` is the user's bound for a host,
    `counters` what the workers counted lately."""

    views: Views
    memory_limit_bytes: int | None = None
    counters: Counters = field(default_factory=Counters)

    def snapshot(self, readings: Readings, limits: Sequence[LimitView]) -> Snapshot:
        """The fleet at this moment. Raises LedgerError."""
        at_s = self.views.now_s()
        self.counters.note(readings, at_s)
        return snapshot_of(
            readings,
            at_s=at_s,
            pending=self.views.pending_count(),
            counters=self.counters,
            memory_limit_bytes=self.memory_limit_bytes,
            full_hosts=self.views.full_hosts(by_host(readings)),
            limits=limits,
        )
