"""Readings of the fleet that a person should know of: told once, to log, stream and webhook."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from controllers.fleet.counters import Counters
from controllers.fleet.readings import Readings
from controllers.policy.alert_rules import Thresholds, rules_of
from controllers.policy.alerting import AlertState, Measured, check
from controllers.policy.records import Snapshot
from videobatch.records import Counted
from videobatch.state.alerts import Alerts
from videobatch.state.views import Views

if TYPE_CHECKING:
    from controllers.control.webhook import Webhook

log = logging.getLogger(__name__)

CALLS_OVER_S = 60.0
# Of fewer calls no share is worth telling.
LEAST_CALLS = 10
BATCHES_EVERY_S = 10.0
# The share of statements that were found is looked at for the newest batches, while they run and
# for so long after; of fewer statements it says little.
NEWEST, RECENT_S, LEAST_STATEMENTS = 50, 3600.0, 20
SEVERITIES = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


@dataclass(slots=True)
class AlertWatch:
    """Looks at each round of the leading controller, and tells what has changed. `budget` gives
    the used share of each fuse that is set."""

    alerts: Alerts
    views: Views
    thresholds: Thresholds = field(default_factory=Thresholds)
    webhook: Webhook | None = None
    budget: Callable[[], Mapping[str, float]] = dict
    _state: AlertState = field(default_factory=AlertState)
    _moved: dict[str, tuple[str, float]] = field(default_factory=dict)
    _missing: dict[str, float] = field(default_factory=dict)
    _batches_due_s: float = 0.0
    _last_id: str | None = None

    def look(self, snapshot: Snapshot, readings: Readings, counters: Counters) -> None:
        """One round. Raises LedgerError."""
        measured = list(self._measured(snapshot, readings, counters))
        rules = rules_of(self.thresholds)
        events, self._state = check(measured, snapshot.at_s, self._state, rules)
        for event in events:
            self.alerts.tell(event.severity, event.code, event.message)
        self.relay()

    def relay(self) -> None:
        """Sends on what anybody told since the last time: to the log, and to the webhook."""
        self._last_id, fresh = self.alerts.since(self._last_id)
        for alert in fresh:
            log.log(SEVERITIES.get(alert.severity, logging.WARNING), "alert: %s", alert.message)
            if self.webhook is not None:
                self.webhook.send(alert)

    def leader_lost(self, name: str) -> None:
        """Tells that the controller which led before has gone without a word."""
        self.relay()
        self.alerts.tell("warning", "leader_lost", f"{name} has stopped; another controller leads")

    def _measured(
        self, snapshot: Snapshot, readings: Readings, counters: Counters
    ) -> Iterator[Measured]:
        for host in snapshot.hosts:
            yield Measured("cpu_high", host.host_id, host.cpu_fraction)
            if host.memory_limit_bytes > 0:
                share = host.memory_used_bytes / host.memory_limit_bytes
                yield Measured("memory_high", host.host_id, share)
            yield Measured("errors_high", host.host_id, host.error_rate or 0.0)
        for sample in (reading.sample for reading in readings.values()):
            yield Measured("disk_high", sample.host_id, sample.host.disk_write_bytes_per_s)
            yield Measured("network_high", sample.host_id, sample.host.net_sent_bytes_per_s)
        yield from _of_calls(counters)
        for subject, share in self.budget().items():
            yield Measured("quota_nearly_used", subject, share)
        running = sum(host.running for host in snapshot.hosts)
        slots = sum(host.slots for host in snapshot.hosts)
        waits = snapshot.pending > 0
        yield Measured("no_worker", "", float(waits and not snapshot.hosts))
        yield Measured("no_consumption", "", float(waits and slots > 0 and running == 0))
        yield from self._of_batches(snapshot.at_s)

    def _of_batches(self, at_s: float) -> Iterator[Measured]:
        if at_s >= self._batches_due_s or at_s < self._batches_due_s - BATCHES_EVERY_S:
            self._batches_due_s = at_s + BATCHES_EVERY_S
            marks = self.views.marks()
            self._moved = {
                batch: self._moved[batch]
                if self._moved.get(batch, ("",))[0] == mark
                else (mark, at_s)
                for batch, mark in marks.items()
            }
            self._missing = dict(self._unfound(at_s))
        for batch, (_, since_s) in self._moved.items():
            # It stands still once nothing has moved between two looks.
            yield Measured("stalled", batch, float(at_s - since_s > 2 * BATCHES_EVERY_S))
        for batch, missing in self._missing.items():
            yield Measured("statements_low", batch, missing)

    def _unfound(self, at_s: float) -> Iterator[tuple[str, float]]:
        """The share of a batch's statements that were not found."""
        for batch in self.views.recent_batches(NEWEST):
            is_recent = batch.ended_s is not None and at_s - batch.ended_s < RECENT_S
            if is_recent and batch.checked.statements >= LEAST_STATEMENTS:
                yield batch.batch_id, batch.checked.missing / batch.checked.statements


def _of_calls(counters: Counters) -> Iterator[Measured]:
    gained = counters.gained(CALLS_OVER_S)
    if gained is None:
        share, took_s = 0.0, 0.0
    else:
        served = gained[Counted.CALLS_SERVED]
        missed = gained[Counted.CALLS_REFUSED] + gained[Counted.CALLS_FAILED]
        share = missed / (served + missed) if served + missed >= LEAST_CALLS else 0.0
        took_s = gained[Counted.CALLS_MS] / 1000 / served if served else 0.0
    yield Measured("api_errors_high", "", share)
    yield Measured("api_slow", "", took_s)
