"""What Prometheus reads: the ledger, the fleet, the limits and the controller itself.

Everything is read when it is asked for, by the names of docs/metrics.md. What workers count begins
anew with each of them, which Prometheus expects of a counter.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, Histogram, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError

from controllers.policy.records import Binds, Decision
from controllers.sampling import by_host, most_of
from videobatch.errors import LedgerError
from videobatch.records import Phase
from videobatch.state.costs import Costs
from videobatch.state.counts import FINISHED, Counts, read_counts
from videobatch.state.latencies import BOUNDS_S, CALL, VIDEO, WAIT, Latency, latencies
from videobatch.state.limit_views import LimitView, limit_views
from videobatch.state.samples import SampleStore

log = logging.getLogger(__name__)
L = TypeVar("L", bound=tuple[str, ...])

BATCH_STATES = ("open", "paused", "cancelled", FINISHED)
HOST_READINGS = {
    "cpu_fraction": ("videobatch_host_cpu_ratio", "Share of the host's processors in use"),
    "memory_used_bytes": ("videobatch_host_memory_used_bytes", "Memory of the host in use"),
    "memory_limit_bytes": ("videobatch_host_memory_limit_bytes", "Memory that the host has"),
    "disk_write_bytes_per_s": (
        "videobatch_host_disk_written_bytes_per_second",
        "Bytes that the host writes to disks in a second",
    ),
    "net_sent_bytes_per_s": (
        "videobatch_host_network_sent_bytes_per_second",
        "Bytes that the host sends in a second",
    ),
}
TICK_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


@dataclass(slots=True)
class Rounds:
    """What the controller of this process did, counted from its start."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    binds: Counter[str] = field(default_factory=Counter)
    leads: bool = False
    _took: Histogram = field(init=False)

    def __post_init__(self) -> None:
        self._took = Histogram(
            "videobatch_controller_round_seconds",
            "How long a round of the leading controller took",
            buckets=TICK_BUCKETS_S,
            registry=self.registry,
        )

    def note(self, *, leads: bool, decisions: Sequence[Decision], took_s: float) -> None:
        """One round is over."""
        self.leads = leads
        if leads:
            self._took.observe(took_s)
            self.binds.update(str(decision.binds) for decision in decisions)


class FleetCollector(Collector):
    """All metrics but the histogram of rounds. For any number of threads.

    `quota` gives the used share of each daily limit that is set. While Redis is away only
    `videobatch_redis_up` and what this process knows by itself are told.
    """

    def __init__(
        self,
        client: Redis,
        prefix: str,
        rounds: Rounds,
        *,
        version: str,
        quota: Callable[[], Mapping[str, float]] = dict,
        patience_s: float = 1.0,
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._rounds = rounds
        self._version = version
        self._quota = quota
        self._patience_s = patience_s
        self._samples = SampleStore(client, prefix)
        self._costs = Costs(client, prefix, patience_s=patience_s)

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask Redis."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Reads everything anew."""
        yield _gauge("videobatch_build_info", "Version", ["version"], {(self._version,): 1})
        leads = int(self._rounds.leads)
        yield _gauge("videobatch_leader", "1 where this controller leads", [], {(): leads})
        binds = {(str(each),): self._rounds.binds[str(each)] for each in Binds}
        yield _counter(
            "videobatch_decisions", "Rounds of control by what bound the host", ["binds"], binds
        )
        try:
            found = [*self._of_ledger(), *self._of_fleet(), *self._of_limits()]
        except (LedgerError, RedisError) as error:
            log.warning("metrics: Redis is away: %s", error)
            found, is_up = [], 0
        else:
            is_up = 1
        yield _gauge("videobatch_redis_up", "1 where Redis answers", [], {(): is_up})
        yield from found

    def _of_ledger(self) -> Iterator[Metric]:
        counts = read_counts(self._client, self._prefix, patience_s=self._patience_s)
        yield from _of_counts(counts)
        spent = sum(self._costs.days().values())
        yield _gauge(
            "videobatch_paid_dollars", "US dollars of all calls, those that are out included", [],
            {(): spent},
        )  # fmt: skip
        found = latencies(self._client, self._prefix, [VIDEO, WAIT], patience_s=self._patience_s)
        yield _histogram(
            "videobatch_video_duration_seconds", "From a video's start to its document", [],
            {(): found[VIDEO]},
        )  # fmt: skip
        yield _histogram(
            "videobatch_video_wait_seconds", "From a batch's submission to a video's first start",
            [], {(): found[WAIT]},
        )  # fmt: skip

    def _of_fleet(self) -> Iterator[Metric]:
        samples = self._samples.alive_with_age()
        newest = {worker: sample for worker, (sample, _) in samples.items()}
        yield _gauge("videobatch_workers", "Workers that live", [], {(): len(newest)})
        threads = {
            (str(phase),): sum(
                float((s.get("phases") or {}).get(phase, 0)) for s in newest.values()
            )
            for phase in Phase
        }
        yield _gauge("videobatch_threads", "Threads by what they do", ["phase"], threads)
        yield from _of_hosts(samples)
        yield from _of_workers(newest)

    def _of_limits(self) -> Iterator[Metric]:
        limits = limit_views(self._client, self._prefix, patience_s=self._patience_s)
        yield from _of_scopes(limits)
        names = [CALL + each.scope for each in limits]
        found = latencies(self._client, self._prefix, names, patience_s=self._patience_s)
        yield _histogram(
            "videobatch_call_duration_seconds", "From a call's permit to its answer", ["scope"],
            {(name.removeprefix(CALL),): latency for name, latency in found.items()},
        )  # fmt: skip
        shares = {(name,): share for name, share in self._quota().items()}
        yield _gauge(
            "videobatch_quota_used_ratio", "Used share of each daily limit that is set", ["limit"],
            shares,
        )  # fmt: skip


def serve(address: str, port: int, collector: FleetCollector, rounds: Rounds) -> Callable[[], None]:
    """Answers `GET /metrics` in threads of its own until the function that is returned is called.
    Raises OSError where the port is taken."""
    rounds.registry.register(collector)
    server, thread = start_http_server(port, address, rounds.registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def _of_counts(counts: Counts) -> Iterator[Metric]:
    batches = {(state,): counts.batches.get(state, 0) for state in BATCH_STATES}
    yield _gauge("videobatch_batches", "Batches by state", ["state"], batches)
    videos = {(state.value,): number for state, number in counts.videos.items()}
    yield _gauge("videobatch_videos", "Videos by state", ["state"], videos)
    told = (
        ("videobatch_leases", "Videos that a worker holds", counts.leases),
        ("videobatch_messages", "Messages that are published", counts.messages),
        ("videobatch_dead_letters", "Videos that were given up", counts.dead_letters),
        ("videobatch_leaders", "Controllers that lead", int(counts.leader is not None)),
    )
    for name, text, number in told:
        yield _gauge(name, text, [], {(): number})


def _of_hosts(samples: Mapping[str, tuple[Mapping[str, Any], float]]) -> Iterator[Metric]:
    workers = by_host(samples)

    def total(read: Callable[[Mapping[str, Any]], float]) -> dict[tuple[str, ...], float]:
        return {(host,): sum(read(samples[w][0]) for w in names) for host, names in workers.items()}

    told: tuple[tuple[str, str, Callable[[Mapping[str, Any]], float]], ...] = (
        ("wanted", "Videos that the host shall run at once", lambda s: s.get("slots_wanted", 0)),
        ("real", "Videos that it runs or would take at once", lambda s: s.get("slots_real", 0)),
        ("most", "Videos that its workers could run at once", most_of),
        ("running", "Videos that it runs", lambda s: s.get("running", 0)),
    )
    for name, text, read in told:
        yield _gauge(f"videobatch_slots_{name}", text, ["host"], total(read))
    for reading, (name, text) in HOST_READINGS.items():
        values = {}
        for host, names in workers.items():
            newest = min(names, key=lambda worker: samples[worker][1])
            values[(host,)] = float((samples[newest][0].get("host") or {}).get(reading, 0))
        yield _gauge(name, text, ["host"], values)


def _of_workers(newest: Mapping[str, Mapping[str, Any]]) -> Iterator[Metric]:
    def counted(*outcomes: str, what: str) -> dict[tuple[str, ...], float]:
        return {
            (worker, outcome): float((sample.get("counted") or {}).get(f"{what}_{outcome}", 0))
            for worker, sample in newest.items()
            for outcome in outcomes
        }

    yield _counter(
        "videobatch_worker_videos", "Tries of videos by how they ended", ["worker", "outcome"],
        counted("done", "failed", what="videos"),
    )  # fmt: skip
    yield _counter(
        "videobatch_worker_calls", "Calls to a provider by how they ended", ["worker", "outcome"],
        counted("served", "refused", "failed", what="calls"),
    )  # fmt: skip
    memory = {(worker,): float(s.get("pss_bytes") or 0) for worker, s in newest.items()}
    yield _gauge(
        "videobatch_worker_memory_bytes", "Memory of a worker and its children, shared pages split",
        ["worker"], memory,
    )  # fmt: skip


def _of_scopes(limits: Sequence[LimitView]) -> Iterator[Metric]:
    def by_scope(read: Callable[[LimitView], float | None]) -> dict[tuple[str, ...], float]:
        told = {(each.scope,): read(each) for each in limits}
        return {labels: value for labels, value in told.items() if value is not None}

    told: tuple[tuple[str, str, Callable[[LimitView], float | None]], ...] = (
        ("permits_in_flight", "Calls that are out", lambda e: e.in_flight),
        ("permits_ceiling", "Calls that may be out at once", lambda e: e.ceiling),
        ("permits_waiting", "Calls that wait for a permit", lambda e: e.waiting),
        (
            "requests_per_minute_limit",
            "Requests a minute that the server told",
            lambda e: e.per_min,
        ),
        ("requests_left", "Requests that are left at the server", lambda e: e.left),
        ("gate_seconds", "Seconds until calls are let through again", lambda e: e.gate_s),
    )
    for name, text, read in told:
        yield _gauge(f"videobatch_{name}", text, ["scope"], by_scope(read))


def _gauge(name: str, text: str, labels: Sequence[str], values: Mapping[L, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def _counter(name: str, text: str, labels: Sequence[str], values: Mapping[L, float]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def _histogram(name: str, text: str, labels: Sequence[str], values: Mapping[L, Latency]) -> Metric:
    family = HistogramMetricFamily(name, text, labels=labels)
    for of, latency in values.items():
        total, buckets = 0, []
        for bound_s, count in zip(BOUNDS_S, latency.counts, strict=True):
            total += count
            buckets.append(("+Inf" if bound_s == float("inf") else f"{bound_s:g}", float(total)))
        family.add_metric(of, buckets, latency.sum_s)
    return family
