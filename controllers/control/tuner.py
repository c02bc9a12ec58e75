"""The slow loop at work: it gathers, suggests every two minutes, and applies if it is told to."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from pydantic import ValidationError

from controllers.fleet.counters import Counters
from controllers.policy.records import Decision, Snapshot
from controllers.policy.tuning import EVERY_S, HostSecond, Tuning, applied, suggest
from videobatch.records import Counted, from_json, to_json
from videobatch.state.control import ControlStore

log = logging.getLogger(__name__)

# As many samples as are kept of each worker.
READINGS = 300


@dataclass(slots=True)
class Tuner:
    """`applies` False: it only says what it would do, and takes back what another one applied."""

    store: ControlStore
    applies: bool = False
    tuning: Tuning = field(default_factory=Tuning)
    _history: dict[str, deque[HostSecond]] = field(default_factory=dict)
    _due_s: float | None = None
    _is_first: bool = True

    def follow_on(self) -> None:
        """Goes on from what is in force. Raises LedgerError."""
        text = self.store.tuning()
        self.tuning, self._due_s, self._is_first = Tuning(), None, True
        self._history.clear()
        if text is not None and self.applies:
            try:
                self.tuning = from_json(Tuning, text)
            except ValidationError:
                log.warning("the slow loop's state cannot be read; starting anew")

    def bounded(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with the bounds of the slow loop in it."""
        most = self.tuning.most
        hosts = tuple(
            replace(h, most_slots=min(h.most_slots, most.get(h.host_id, h.most_slots)))
            for h in snapshot.hosts
        )
        return replace(snapshot, hosts=hosts)

    def look(
        self, snapshot: Snapshot, decisions: Sequence[Decision], counters: Counters, token: int
    ) -> None:
        """One second's readings; every two minutes suggestions. Raises LedgerError."""
        if self._is_first and not self.applies:
            self.store.untune(token)
        self._is_first = False
        decided = {decision.host_id: decision for decision in decisions}
        for host in snapshot.hosts:
            if host.running == 0:
                continue
            limit = host.memory_limit_bytes
            self._history.setdefault(host.host_id, deque(maxlen=READINGS)).append(
                HostSecond(
                    decided[host.host_id].slots,
                    decided[host.host_id].binds,
                    host.cpu_fraction,
                    host.memory_used_bytes / limit if limit > 0 else 0.0,
                    host.finished_per_s,
                    host.error_rate,
                )
            )
        if self._due_s is None or snapshot.at_s < self._due_s - EVERY_S:
            self._due_s = snapshot.at_s + EVERY_S
        if snapshot.at_s < self._due_s:
            return
        self._due_s = snapshot.at_s + EVERY_S
        self._suggest(snapshot.at_s, counters, token)

    def _suggest(self, at_s: float, counters: Counters, token: int) -> None:
        for suggestion in suggest(self._history, _latency_s(counters), self.tuning):
            told = {"at_s": round(at_s, 3), "applied": self.applies, **asdict(suggestion)}
            log.info(
                "%s %s%s: %s",
                "applied:" if self.applies else "suggested:",
                suggestion.what,
                f" on {suggestion.host_id}" if suggestion.host_id else "",
                suggestion.reason,
            )
            if self.applies:
                self.tuning = applied(self.tuning, suggestion)
            self.store.suggest(token, json.dumps(told), to_json(self.tuning), self.tuning.api_share,
                               memory_mode=self.tuning.memory_mode)  # fmt: skip


def _latency_s(counters: Counters) -> float | None:
    """The mean time of the calls since the last time; None where none was served."""
    gained = counters.gained(EVERY_S)
    if gained is None or gained[Counted.CALLS_SERVED] <= 0:
        return None
    return gained[Counted.CALLS_MS] / gained[Counted.CALLS_SERVED] / 1000
