"""From the workers' newest samples to the snapshot that a policy decides on."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from controllers.policy.records import HostSnapshot, Snapshot
from videobatch.records import Counted, Phase, Reading
from videobatch.state.limit_views import LimitView

Readings = Mapping[str, Reading]
"""By worker."""

# Videos take minutes: what is finished is counted over so long a time.
RATE_OVER_S = 60.0


@dataclass(slots=True)
class Outcomes:
    """What the workers of each host finished lately, from their counters."""

    _seen: dict[str, deque[tuple[float, int, int]]] = field(default_factory=dict)

    def add(self, readings: Readings, at_s: float) -> None:
        """Notes the counters of these samples."""
        for worker, reading in readings.items():
            counted = reading.sample.counted
            done, failed = counted[Counted.VIDEOS_DONE], counted[Counted.VIDEOS_FAILED]
            seen = self._seen.setdefault(worker, deque())
            if seen and done + failed < seen[-1][1] + seen[-1][2]:
                # It started anew.
                seen.clear()
            seen.append((at_s, done, failed))
            while seen[0][0] < at_s - RATE_OVER_S:
                seen.popleft()
        for gone in self._seen.keys() - readings.keys():
            del self._seen[gone]

    def of(self, workers: Sequence[str]) -> tuple[float | None, float | None]:
        """Videos finished per second and the share that failed; None where nothing is known."""
        spans = [self._seen[w] for w in workers if len(self._seen.get(w, ())) > 1]
        if not spans:
            return None, None
        seconds = max(readings[-1][0] - readings[0][0] for readings in spans)
        done = sum(readings[-1][1] - readings[0][1] for readings in spans)
        failed = sum(readings[-1][2] - readings[0][2] for readings in spans)
        ended = done + failed
        return (ended / seconds if seconds > 0 else None), (failed / ended if ended else None)


def snapshot_of(
    readings: Readings,
    *,
    at_s: float,
    pending: int,
    outcomes: Outcomes,
    memory_limit_bytes: int | None = None,
    full_hosts: Collection[str] = (),
    limits: Sequence[LimitView] = (),
) -> Snapshot:
    """The fleet by hosts. Workers of one host share its processors and memory: those are read from
    the newest sample, what the workers do is added up."""
    hosts = []
    for host_id, workers in sorted(by_host(readings).items()):
        host = _host(host_id, workers, readings, outcomes, memory_limit_bytes)
        hosts.append(replace(host, is_full=host_id in full_hosts))
    return Snapshot(at_s, pending, tuple(hosts), _in_flight_share(limits))


def _in_flight_share(limits: Sequence[LimitView]) -> float | None:
    waiting = sum(each.waiting for each in limits)
    behind_others = sum(each.waiting for each in limits if each.in_flight >= each.ceiling)
    return behind_others / waiting if waiting else None


def by_host(readings: Readings) -> dict[str, list[str]]:
    """The workers of each host, by name."""
    found: dict[str, list[str]] = {}
    for worker in sorted(readings):
        found.setdefault(readings[worker].sample.host_id, []).append(worker)
    return found


def _host(
    host_id: str,
    workers: Sequence[str],
    readings: Readings,
    outcomes: Outcomes,
    limit_bytes: int | None,
) -> HostSnapshot:
    newest = min((readings[worker] for worker in workers), key=lambda each: each.age_s)
    host = newest.sample.host
    limit = float(host.memory_limit_bytes)
    each = [readings[worker].sample for worker in workers]
    running = sum(sample.running for sample in each)
    busy = [sample.busy_bytes for sample in each if sample.busy_bytes is not None]

    def threads(phase: Phase) -> float:
        return float(sum(sample.phases[phase] for sample in each))

    finished_per_s, error_rate = outcomes.of(workers)
    return HostSnapshot(
        host_id=host_id,
        age_s=round(newest.age_s, 3),
        cores=host.cpu_cores,
        cpu_fraction=host.cpu_fraction,
        memory_limit_bytes=min(limit, limit_bytes) if limit_bytes else limit,
        memory_used_bytes=float(host.memory_used_bytes),
        running=running,
        cpu=threads(Phase.CPU),
        api=threads(Phase.API),
        limiter=threads(Phase.LIMITER),
        io=threads(Phase.IO),
        task_bytes=sum(busy) / running if running and len(busy) == len(each) else None,
        most=sum(sample.most_slots for sample in each),
        now=sum(sample.slots for sample in each),
        finished_per_s=finished_per_s,
        error_rate=error_rate,
    )
