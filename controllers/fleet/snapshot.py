"""Makes the snapshot that a policy decides on of the workers' newest readings. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from controllers.fleet.counters import Counters, Gained
from controllers.fleet.readings import Readings, by_host, newest
from controllers.policy.records import HostSnapshot, Snapshot
from videobatch.records import Counted, Phase
from videobatch.state.limit_views import LimitView

# Videos take minutes: what is finished is counted over so long a time.
RATE_OVER_S = 60.0


def snapshot_of(
    readings: Readings,
    *,
    at_s: float,
    pending: int,
    counters: Counters,
    memory_limit_bytes: int | None = None,
    full_hosts: Collection[str] = (),
    limits: Sequence[LimitView] = (),
) -> Snapshot:
    """The fleet by hosts. Workers of one host share its processors and memory: those are read from
    the newest sample, what the workers do is added up."""
    hosts = []
    for host_id, workers in sorted(by_host(readings).items()):
        rates = _rates(counters.gained(RATE_OVER_S, workers))
        host = _host(host_id, workers, rates, memory_limit_bytes)
        hosts.append(replace(host, is_full=host_id in full_hosts))
    return Snapshot(at_s, pending, tuple(hosts), _in_flight_share(limits))


def _in_flight_share(limits: Sequence[LimitView]) -> float | None:
    waiting = sum(each.waiting for each in limits)
    behind_others = sum(each.waiting for each in limits if each.in_flight >= each.ceiling)
    return behind_others / waiting if waiting else None


def _rates(gained: Gained | None) -> tuple[float | None, float | None]:
    """Videos finished per second and the share that failed; None where nothing is known."""
    if gained is None:
        return None, None
    failed = gained[Counted.VIDEOS_FAILED]
    ended = gained[Counted.VIDEOS_DONE] + failed
    per_s = ended / gained.span_s if gained.span_s > 0 else None
    return per_s, (failed / ended if ended else None)


def _host(
    host_id: str,
    workers: Readings,
    rates: tuple[float | None, float | None],
    limit_bytes: int | None,
) -> HostSnapshot:
    last = newest(workers)
    host = last.sample.host
    limit = float(host.memory_limit_bytes)
    samples = [reading.sample for reading in workers.values()]
    running = sum(sample.running for sample in samples)
    busy = [sample.busy_bytes for sample in samples if sample.busy_bytes is not None]

    def threads(phase: Phase) -> float:
        return float(sum(sample.phases[phase] for sample in samples))

    finished_per_s, error_rate = rates
    return HostSnapshot(
        host_id=host_id,
        age_s=round(last.age_s, 3),
        cores=host.cpu_cores,
        cpu_fraction=host.cpu_fraction,
        memory_limit_bytes=min(limit, limit_bytes) if limit_bytes else limit,
        memory_used_bytes=float(host.memory_used_bytes),
        running=running,
        cpu=threads(Phase.CPU),
        api=threads(Phase.API),
        limiter=threads(Phase.LIMITER),
        io=threads(Phase.IO),
        task_bytes=sum(busy) / running if running and len(busy) == len(samples) else None,
        most_slots=sum(sample.most_slots for sample in samples),
        slots=sum(sample.slots for sample in samples),
        finished_per_s=finished_per_s,
        error_rate=error_rate,
        speech=threads(Phase.SPEECH),
    )
