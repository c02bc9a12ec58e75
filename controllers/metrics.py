"""The metrics that Prometheus reads: the ledger, the fleet, the limits and the controller itself.

Everything is read when it is asked for, by the names of docs/reference/metrics.md. What workers
count begins anew with each of them, which Prometheus expects of a counter.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Histogram, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from controllers.families import (
    counter,
    gauge,
    histogram,
    of_counts,
    of_hosts,
    of_recognisers,
    of_scopes,
    of_workers,
)
from controllers.policy.records import Binds, Decision
from videobatch.errors import LedgerError
from videobatch.records import Phase
from videobatch.state.costs import Costs
from videobatch.state.counts import read_counts
from videobatch.state.latencies import CALL, VIDEO, WAIT, latencies
from videobatch.state.limit_views import limit_views
from videobatch.state.samples import SampleStore
from videobatch.state.store import Store

log = logging.getLogger(__name__)

TICK_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


@dataclass(slots=True)
class Rounds:
    """The rounds of this process, counted from its start."""

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
        """Counts a round that is over."""
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
        store: Store,
        rounds: Rounds,
        *,
        version: str,
        quota: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        self._store = store
        self._rounds = rounds
        self._version = version
        self._quota = quota
        self._samples = SampleStore(store.with_patience(0.0))
        self._costs = Costs(store)

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask Redis."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Reads everything anew."""
        yield gauge("videobatch_build_info", "Version", ["version"], {(self._version,): 1})
        leads = int(self._rounds.leads)
        yield gauge("videobatch_leader", "1 where this controller leads", [], {(): leads})
        binds = {(str(each),): self._rounds.binds[str(each)] for each in Binds}
        yield counter(
            "videobatch_decisions", "Rounds of control by what bound the host", ["binds"], binds
        )
        try:
            found = [*self._of_ledger(), *self._of_fleet(), *self._of_limits()]
        except LedgerError as error:
            log.warning("metrics: Redis is away: %s", error)
            found, is_up = [], 0
        else:
            is_up = 1
        yield gauge("videobatch_redis_up", "1 where Redis answers", [], {(): is_up})
        yield from found

    def _of_ledger(self) -> Iterator[Metric]:
        counts = read_counts(self._store)
        yield from of_counts(counts)
        spent = sum(self._costs.days().values())
        yield gauge(
            "videobatch_paid_dollars", "US dollars of all calls, those that are out included", [],
            {(): spent},
        )  # fmt: skip
        found = latencies(self._store, [VIDEO, WAIT])
        yield histogram(
            "videobatch_video_duration_seconds", "From a video's start to its document", [],
            {(): found[VIDEO]},
        )  # fmt: skip
        yield histogram(
            "videobatch_video_wait_seconds", "From a batch's submission to a video's first start",
            [], {(): found[WAIT]},
        )  # fmt: skip

    def _of_fleet(self) -> Iterator[Metric]:
        readings = self._samples.alive()
        yield gauge("videobatch_workers", "Workers that live", [], {(): len(readings)})
        threads = {
            (str(phase),): sum(each.sample.phases[phase] for each in readings.values())
            for phase in Phase
        }
        yield gauge("videobatch_threads", "Threads by what they do", ["phase"], threads)
        yield from of_hosts(readings)
        yield from of_recognisers(readings)
        yield from of_workers(readings)

    def _of_limits(self) -> Iterator[Metric]:
        limits = limit_views(self._store)
        yield from of_scopes(limits)
        names = [CALL + each.scope for each in limits]
        found = latencies(self._store, names)
        yield histogram(
            "videobatch_call_duration_seconds", "From a call's permit to its answer", ["scope"],
            {(name.removeprefix(CALL),): latency for name, latency in found.items()},
        )  # fmt: skip
        shares = {(name,): share for name, share in self._quota().items()}
        yield gauge(
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
