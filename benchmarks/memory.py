"""Memory with eight videos at once: a half-hour lecture in 1080p in each of eight slots.

    python -m benchmarks.memory

The real worker and controller; only the recogniser is a stub that answers at once and takes
segments of ten minutes, as a provider would (benchmarks/stub_app.py). The figure is the largest
sum of the proportional set sizes (PSS) of the worker's main process, its children and the
controller, looked for every 0.05 s.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import suite
from benchmarks.figures import Figure
from benchmarks.pss import PeakPss
from benchmarks.sample_lecture import lecture
from benchmarks.workers import crew
from cli.stack.programs import WORKER_MODULE

STUB = "benchmarks.stub_app"
SLOTS = 8
MINUTES = 30
TARGET_MB = 1000.0


def measure(effort: suite.Effort) -> list[Figure]:
    """The peak while they run, and of the idle worker before it."""
    path = lecture(effort.samples, MINUTES)
    return at_once(effort.folder, path, f"30 min 1080p, {SLOTS} at once", TARGET_MB, STUB)


def at_once(
    folder: Path, path: Path, what: str, target_mb: float, app: str = WORKER_MODULE
) -> list[Figure]:
    """Peak PSS of a worker with eight slots and its controller while each slot has this file."""
    with crew(folder, slots=SLOTS, app=app) as workers:
        with PeakPss(workers.pids) as idle:
            workers.worker.wait_for(lambda: idle.looks > 10, 60.0, "ten looks")
        workers.submit(path, SLOTS)
        with PeakPss(workers.pids) as busy:
            workers.wait()
        most = workers.most_at_once()
    assert most == SLOTS, f"only {most} videos ran at once, so the figure says nothing"
    note = f"PSS of worker, children and controller, {busy.looks} looks"
    return [
        Figure(f"peak, {what}", busy.bytes / 1e6, "MB", target_mb, note),
        Figure("idle before", idle.bytes / 1e6, "MB", note=f"{SLOTS} children, nothing to do"),
    ]


if __name__ == "__main__":
    suite.alone("memory", measure, __doc__)
