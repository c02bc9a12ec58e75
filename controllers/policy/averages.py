"""Averages over time, of readings that come when they come."""

from __future__ import annotations

import math
from dataclasses import replace

from controllers.policy.records import HostSnapshot, HostState, Options


def averaged(host: HostSnapshot, at_s: float, before: HostState, options: Options) -> HostState:
    """The host's state with this reading in its averages, each of exponential weight."""
    span_s = max(0.0, at_s - before.at_s)
    # At first all readings count alike: one of the first second must not weigh for half a minute.
    readings = before.readings + 1
    weight = max(1 - math.exp(-span_s / options.smoothing_s), 1 / readings)

    def mean(old: float | None, new: float) -> float:
        return new if old is None else old + weight * (new - old)

    task_bytes, others_bytes = before.task_bytes, before.others_bytes
    if host.task_bytes is not None:
        # What others use is what the videos of the same moment leave.
        others = max(0.0, host.memory_used_bytes - host.running * host.task_bytes)
        task_bytes = mean(task_bytes, host.task_bytes)
        others_bytes = mean(others_bytes, others)
    return replace(
        before,
        at_s=at_s,
        readings=readings,
        waiting=mean(before.waiting, waiting(host)),
        busy_cores=mean(before.busy_cores, host.cpu_fraction * host.cores),
        running=mean(before.running, host.running),
        limiter=mean(before.limiter, _share(host) * host.limiter),
        task_bytes=task_bytes,
        others_bytes=others_bytes,
    )


def waiting(host: HostSnapshot) -> float:
    """The videos that wait for an answer of the API."""
    return _share(host) * host.api


def _share(host: HostSnapshot) -> float:
    """A video may have several calls out, each in a thread of its own: they count as one. So do its
    segments at the recogniser of the host: that is no waiting, since the host's cores are at it."""
    threads = host.api + host.limiter + host.speech
    videos = max(0.0, host.running - host.cpu - host.io)
    return min(1.0, videos / threads) if threads > 0 else 0.0
