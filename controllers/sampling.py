"""From the workers' newest samples to the snapshot that a policy decides on."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from controllers.policy.records import HostSnapshot, Snapshot
from videobatch.state.limit_views import LimitView

Samples = Mapping[str, tuple[Mapping[str, Any], float]]
"""By worker: its newest sample, as JSON gives it, and how old that is in seconds."""

# Videos take minutes: what is finished is counted over so long a time.
RATE_OVER_S = 60.0


@dataclass(slots=True)
class Outcomes:
    """What the workers of each host finished lately, from their counters."""

    _seen: dict[str, deque[tuple[float, int, int]]] = field(default_factory=dict)

    def add(self, samples: Samples, at_s: float) -> None:
        """Notes the counters of these samples."""
        for worker, (sample, _) in samples.items():
            counted = sample.get("counted") or {}
            done, failed = (int(counted.get(f"videos_{how}", 0)) for how in ("done", "failed"))
            readings = self._seen.setdefault(worker, deque())
            if readings and done + failed < readings[-1][1] + readings[-1][2]:
                # It started anew.
                readings.clear()
            readings.append((at_s, done, failed))
            while readings[0][0] < at_s - RATE_OVER_S:
                readings.popleft()
        for gone in self._seen.keys() - samples.keys():
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
    samples: Samples,
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
    for host_id, workers in sorted(by_host(samples).items()):
        host = _host(host_id, workers, samples, outcomes, memory_limit_bytes)
        hosts.append(replace(host, is_full=host_id in full_hosts))
    return Snapshot(at_s, pending, tuple(hosts), _in_flight_share(limits))


def _in_flight_share(limits: Sequence[LimitView]) -> float | None:
    waiting = sum(each.waiting for each in limits)
    behind_others = sum(each.waiting for each in limits if each.in_flight >= each.ceiling)
    return behind_others / waiting if waiting else None


def by_host(samples: Samples) -> dict[str, list[str]]:
    """The workers of each host, by name."""
    found: dict[str, list[str]] = {}
    for worker in sorted(samples):
        found.setdefault(str(samples[worker][0].get("host_id", "")), []).append(worker)
    return found


def most_of(sample: Mapping[str, Any]) -> int:
    """The slots that a worker could use; one of an older version says what it uses."""
    return int(sample.get("slots_most") or sample.get("slots_wanted", 0))


def _host(
    host_id: str,
    workers: Sequence[str],
    samples: Samples,
    outcomes: Outcomes,
    limit_bytes: int | None,
) -> HostSnapshot:
    newest = min(workers, key=lambda worker: samples[worker][1])
    reading = samples[newest][0].get("host") or {}
    limit = float(reading.get("memory_limit_bytes", 0))
    each = [samples[worker][0] for worker in workers]
    running = sum(int(sample.get("running", 0)) for sample in each)
    busy = [sample["busy_bytes"] for sample in each if sample.get("busy_bytes") is not None]

    def phase(name: str) -> float:
        return float(sum((sample.get("phases") or {}).get(name, 0) for sample in each))

    finished_per_s, error_rate = outcomes.of(workers)
    return HostSnapshot(
        host_id=host_id,
        age_s=round(samples[newest][1], 3),
        cores=float(reading.get("cpu_cores", 0)),
        cpu_fraction=float(reading.get("cpu_fraction", 0)),
        memory_limit_bytes=min(limit, limit_bytes) if limit_bytes else limit,
        memory_used_bytes=float(reading.get("memory_used_bytes", 0)),
        running=running,
        cpu=phase("cpu"),
        api=phase("api"),
        limiter=phase("limiter"),
        io=phase("io"),
        task_bytes=sum(busy) / running if running and len(busy) == len(each) else None,
        most=sum(most_of(sample) for sample in each),
        now=sum(int(sample.get("slots_wanted", 0)) for sample in each),
        finished_per_s=finished_per_s,
        error_rate=error_rate,
    )
