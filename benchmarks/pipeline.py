"""The speed at which documents are made without a key: real time over the time taken, on one core.

    python -m benchmarks.pipeline

A spoken lecture in 1080p, made with espeak-ng, through the real worker with one slot. All that
the benchmark starts shares one core. Where others compete for that core, the CPU time says more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil

from benchmarks import suite
from benchmarks.figures import Figure
from benchmarks.sample_lecture import lecture
from benchmarks.workers import crew

MINUTES, QUICK_MINUTES = 6, 1


def measure(effort: suite.Effort) -> list[Figure]:
    """Seconds of lecture for each second of work."""
    minutes = QUICK_MINUTES if effort.quick else MINUTES
    path = lecture(effort.samples, minutes, spoken=True)
    with one_core(), crew(effort.folder, slots=1) as workers:
        before_s = _cpu_s(workers.pids())
        workers.submit(path, copies=1)
        (video,) = workers.wait()
        cpu_s = _cpu_s(workers.pids()) - before_s
    assert video.result is not None
    assert video.result.words > 0, "nothing was heard, so the figure says nothing"
    assert video.started_s is not None
    assert video.finished_s is not None
    took_s = video.finished_s - video.started_s
    note = f"{minutes} min 1080p with speech, {video.result.words} words, one core"
    return [
        Figure("offline, speed", video.result.duration_s / took_s, "x real time", note=note),
        Figure("offline, time", took_s, "s", note="claim to document"),
        Figure("offline, CPU time", cpu_s, "s", note="of worker, child and controller"),
    ]


def _cpu_s(pids: Sequence[int]) -> float:
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return float(sum(each.user + each.system for each in times))


@contextmanager
def one_core() -> Iterator[None]:
    """Whatever is started in the block has one core. Elsewhere than on Linux it has all."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


if __name__ == "__main__":
    suite.alone("pipeline", measure, __doc__)
