"""Readings of the fleet that a person should know of: told once, to log, stream and webhook."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from controllers.policy.alerting import AlertState, Measured, Rule, check
from controllers.policy.records import Snapshot
from controllers.sampling import Readings
from controllers.webhook import Webhook
from videobatch.records import Counted
from videobatch.state.alerts import Alerts
from videobatch.state.views import Views

log = logging.getLogger(__name__)

CALLS_OVER_S = 60.0
# Of fewer calls or videos no share is worth telling.
LEAST_CALLS = 10
LEAST_VIDEOS = 3
BATCHES_EVERY_S = 10.0
SEVERITIES = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which value on something is told; shares 0 to 1, rates in bytes a second."""

    cpu: float = 1.1
    memory: float = 0.92
    disk_bytes_per_s: float = 100e6
    net_bytes_per_s: float = 50e6 / 8
    error_rate: float = 0.10
    api_latency_s: float = 180.0
    quota: float = 0.90
    stalled_s: float = 600.0
    idle_s: float = 30.0


def rules_of(at: Thresholds) -> Mapping[str, Rule]:
    """The rules by their codes."""
    rules = (
        Rule(
            "cpu_high", at.cpu, at.cpu - 0.05, 60.0, "warning",
            "{subject}: the CPU is above its target", "{subject}: the CPU is at its target again",
        ),
        Rule(
            "memory_high", at.memory, at.memory - 0.07, 10.0, "warning",
            "{subject}: the memory is nearly full", "{subject}: there is memory again",
        ),
        Rule(
            "disk_high", at.disk_bytes_per_s, 0.8 * at.disk_bytes_per_s, 60.0, "warning",
            "{subject}: the disk is busier than it should be", "{subject}: the disk is calm again",
        ),
        Rule(
            "network_high", at.net_bytes_per_s, 0.8 * at.net_bytes_per_s, 60.0, "warning",
            "{subject}: more goes over the network than should",
            "{subject}: the network is calm again",
        ),
        Rule(
            "errors_high", at.error_rate, at.error_rate / 2, 10.0, "error",
            "{subject}: many videos fail; `videobatch status` says why",
            "{subject}: videos succeed again",
        ),
        Rule(
            "api_errors_high", at.error_rate, at.error_rate / 2, 10.0, "warning",
            "many calls to the provider fail or are refused", "calls to the provider succeed again",
        ),
        Rule(
            "api_slow", at.api_latency_s, at.api_latency_s / 1.5, 30.0, "warning",
            "the provider answers slowly", "the provider answers as usual again",
        ),
        Rule(
            "quota_nearly_used", at.quota, at.quota, 0.0, "warning",
            "most of today's {subject} is used; at its end the batches pause",
            "today's {subject} has begun anew",
        ),
        Rule(
            "stalled", 1.0, 1.0, at.stalled_s, "error",
            "{subject}: nothing has moved for a while; `videobatch top` shows what binds",
            "{subject}: it moves again",
        ),
        Rule(
            "no_consumption", 1.0, 1.0, at.idle_s, "error",
            "videos wait, slots are free, and nobody takes one; restart the workers",
            "videos are taken again",
        ),
        Rule(
            "no_worker", 1.0, 1.0, at.idle_s, "error",
            "videos wait and no worker lives; `videobatch up` starts the local one",
            "workers live again",
        ),
    )  # fmt: skip
    return {rule.code: rule for rule in rules}


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
    _calls: deque[tuple[float, dict[Counted, int]]] = field(default_factory=deque)
    _moved: dict[str, tuple[str, float]] = field(default_factory=dict)
    _batches_due_s: float = 0.0
    _last_id: str | None = None

    def look(self, snapshot: Snapshot, readings: Readings) -> None:
        """One round. Raises LedgerError."""
        measured = list(self._measured(snapshot, readings))
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

    def _measured(self, snapshot: Snapshot, readings: Readings) -> Iterator[Measured]:
        for host in snapshot.hosts:
            yield Measured("cpu_high", host.host_id, host.cpu_fraction)
            if host.memory_limit_bytes > 0:
                share = host.memory_used_bytes / host.memory_limit_bytes
                yield Measured("memory_high", host.host_id, share)
            yield Measured("errors_high", host.host_id, host.error_rate or 0.0)
        for sample in (reading.sample for reading in readings.values()):
            yield Measured("disk_high", sample.host_id, sample.host.disk_write_bytes_per_s)
            yield Measured("network_high", sample.host_id, sample.host.net_sent_bytes_per_s)
        yield from self._of_calls(snapshot.at_s, readings)
        for subject, share in self.budget().items():
            yield Measured("quota_nearly_used", subject, share)
        running = sum(host.running for host in snapshot.hosts)
        slots = sum(host.now for host in snapshot.hosts)
        waits = snapshot.pending > 0
        yield Measured("no_worker", "", float(waits and not snapshot.hosts))
        yield Measured("no_consumption", "", float(waits and slots > 0 and running == 0))
        yield from self._of_batches(snapshot.at_s)

    def _of_calls(self, at_s: float, readings: Readings) -> Iterator[Measured]:
        totals = {
            what: sum(reading.sample.counted[what] for reading in readings.values())
            for what in Counted
        }
        if self._calls and any(totals[what] < v for what, v in self._calls[-1][1].items()):
            # A worker has gone, and its counts with it.
            self._calls.clear()
        self._calls.append((at_s, totals))
        while self._calls[0][0] < at_s - CALLS_OVER_S:
            self._calls.popleft()
        first = self._calls[0][1]
        served, refused, failed, took_ms = (
            totals[what] - first[what]
            for what in (
                Counted.CALLS_SERVED,
                Counted.CALLS_REFUSED,
                Counted.CALLS_FAILED,
                Counted.CALLS_MS,
            )
        )
        ended = served + refused + failed
        share = (refused + failed) / ended if ended >= LEAST_CALLS else 0.0
        yield Measured("api_errors_high", "", share)
        yield Measured("api_slow", "", took_ms / 1000 / served if served else 0.0)

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
        for batch, (_, since_s) in self._moved.items():
            # It stands still once nothing has moved between two looks.
            yield Measured("stalled", batch, float(at_s - since_s > 2 * BATCHES_EVERY_S))
