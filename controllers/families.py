"""Families of metrics, from what was read: pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from controllers.fleet.readings import Readings, by_host, newest
from videobatch.records import Counted, HostReading, Sample, SpeechReading
from videobatch.state.counts import FINISHED, Counts
from videobatch.state.latencies import BOUNDS_S, Latency
from videobatch.state.limit_views import LimitView

L = TypeVar("L", bound=tuple[str, ...])

BATCH_STATES = ("open", "paused", "cancelled", FINISHED)
HOST_READINGS: tuple[tuple[str, str, Callable[[HostReading], float]], ...] = (
    (
        "videobatch_host_cpu_ratio",
        "Share of the host's processors in use",
        lambda h: h.cpu_fraction,
    ),
    (
        "videobatch_host_memory_used_bytes",
        "Memory of the host in use",
        lambda h: h.memory_used_bytes,
    ),
    (
        "videobatch_host_memory_limit_bytes",
        "Memory that the host has",
        lambda h: h.memory_limit_bytes,
    ),
    (
        "videobatch_host_disk_written_bytes_per_second",
        "Bytes that the host writes to disks in a second",
        lambda h: h.disk_write_bytes_per_s,
    ),
    (
        "videobatch_host_network_sent_bytes_per_second",
        "Bytes that the host sends in a second",
        lambda h: h.net_sent_bytes_per_s,
    ),
)
SLOTS: tuple[tuple[str, str, Callable[[Sample], int]], ...] = (
    ("wanted", "Videos that the host shall run at once", lambda s: s.slots),
    ("real", "Videos that it runs or would take at once", lambda s: s.real_slots),
    ("most", "Videos that its workers could run at once", lambda s: s.most_slots),
    ("running", "Videos that it runs", lambda s: s.running),
)
SPEECH_READINGS: tuple[tuple[str, str, Callable[[SpeechReading], float]], ...] = (
    (
        "threads",
        "Segments and stills that the recogniser works on at once",
        lambda r: r.threads,
    ),
    ("busy", "Segments and stills that it works on", lambda r: r.busy),
    ("waiting", "Segments and stills that wait for it", lambda r: r.waiting),
    ("memory_bytes", "Its memory, shared pages split", lambda r: r.memory_bytes or 0),
)
VIDEOS = {"done": Counted.VIDEOS_DONE, "failed": Counted.VIDEOS_FAILED}
CALLS = {
    "served": Counted.CALLS_SERVED,
    "refused": Counted.CALLS_REFUSED,
    "failed": Counted.CALLS_FAILED,
}


def of_counts(counts: Counts) -> Iterator[Metric]:
    """Batches and videos by state, leases, messages, dead letters."""
    batches = {(state,): counts.batches.get(state, 0) for state in BATCH_STATES}
    yield gauge("videobatch_batches", "Batches by state", ["state"], batches)
    videos = {(state.value,): number for state, number in counts.videos.items()}
    yield gauge("videobatch_videos", "Videos by state", ["state"], videos)
    told = (
        ("videobatch_leases", "Videos that a worker holds", counts.leases),
        ("videobatch_messages", "Messages that are published", counts.messages),
        ("videobatch_dead_letters", "Videos that were given up", counts.dead_letters),
        ("videobatch_leaders", "Controllers that lead", int(counts.leader is not None)),
    )
    for name, text, number in told:
        yield gauge(name, text, [], {(): number})


def of_hosts(readings: Readings) -> Iterator[Metric]:
    """Slots and readings of each host, from its workers' newest samples."""
    hosts = by_host(readings)
    for name, text, slots in SLOTS:
        totals = {
            (host,): sum(slots(reading.sample) for reading in workers.values())
            for host, workers in hosts.items()
        }
        yield gauge(f"videobatch_slots_{name}", text, ["host"], totals)
    seen = {host: newest(workers).sample.host for host, workers in hosts.items()}
    for name, text, read in HOST_READINGS:
        values = {(host,): float(read(reading)) for host, reading in seen.items()}
        yield gauge(name, text, ["host"], values)


def of_recognisers(readings: Readings) -> Iterator[Metric]:
    """The recogniser of each host that has one, as a worker saw it last; a busy one may not answer
    each of them at once."""
    told = {name: each for name, each in readings.items() if each.sample.speech is not None}
    newest_of = {host: newest(workers).sample for host, workers in by_host(told).items()}
    found = {host: each.speech for host, each in newest_of.items() if each.speech is not None}
    for name, text, read in SPEECH_READINGS:
        values = {(host,): float(read(reading)) for host, reading in found.items()}
        yield gauge(f"videobatch_recogniser_{name}", text, ["host"], values)
    sound = {(host,): reading.sound_s for host, reading in found.items()}
    yield counter(
        "videobatch_recogniser_sound_seconds", "Sound that it has transcribed", ["host"], sound
    )
    stills = {(host,): float(reading.stills) for host, reading in found.items()}
    yield counter("videobatch_recogniser_stills", "Stills that it has read", ["host"], stills)


def of_workers(readings: Readings) -> Iterator[Metric]:
    """The counts of each worker since its start, and its memory."""
    samples = {worker: reading.sample for worker, reading in readings.items()}

    def counted(outcomes: Mapping[str, Counted]) -> dict[tuple[str, str], float]:
        return {
            (worker, outcome): float(sample.counted[what])
            for worker, sample in samples.items()
            for outcome, what in outcomes.items()
        }

    yield counter(
        "videobatch_worker_videos", "Tries of videos by how they ended", ["worker", "outcome"],
        counted(VIDEOS),
    )  # fmt: skip
    yield counter(
        "videobatch_worker_calls", "Calls to a provider by how they ended", ["worker", "outcome"],
        counted(CALLS),
    )  # fmt: skip
    memory = {(worker,): float(sample.pss_bytes or 0) for worker, sample in samples.items()}
    yield gauge(
        "videobatch_worker_memory_bytes", "Memory of a worker and its children, shared pages split",
        ["worker"], memory,
    )  # fmt: skip


def of_scopes(limits: Sequence[LimitView]) -> Iterator[Metric]:
    """The limits and the calls of each scope."""

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
        yield gauge(f"videobatch_{name}", text, ["scope"], by_scope(read))


def gauge(name: str, text: str, labels: Sequence[str], values: Mapping[L, float]) -> Metric:
    """A gauge with a value for each tuple of labels."""
    family = GaugeMetricFamily(name, text, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def counter(name: str, text: str, labels: Sequence[str], values: Mapping[L, float]) -> Metric:
    """A counter, likewise."""
    family = CounterMetricFamily(name, text, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def histogram(name: str, text: str, labels: Sequence[str], values: Mapping[L, Latency]) -> Metric:
    """A histogram, likewise; its buckets add up, as Prometheus has them."""
    family = HistogramMetricFamily(name, text, labels=labels)
    for of, latency in values.items():
        total, buckets = 0, []
        for bound_s, count in zip(BOUNDS_S, latency.counts, strict=True):
            total += count
            buckets.append(("+Inf" if bound_s == float("inf") else f"{bound_s:g}", float(total)))
        family.add_metric(of, buckets, latency.sum_s)
    return family
