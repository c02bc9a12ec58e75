"""Celery alone with the same task: what `--autoscale=8,2` makes of it."""

from __future__ import annotations

import os
from contextlib import nullcontext

from celery import Celery

from benchmarks.live.load import Task
from videobatch.state.connection import connect

QUEUE = "plain"
PREFIX = "plain"
AHEAD = 64

app = Celery("plain", broker=os.environ["BENCH_REDIS_URL"])
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=1, task_default_queue=QUEUE)
_made: dict[int, Task] = {}


class Unmarked:
    """Nobody looks at the phases of these."""

    def mark(self, phase: object) -> nullcontext[None]:
        del phase
        return nullcontext()

    def count(self, what: object, amount: int = 1) -> None:
        del what, amount


@app.task(name="burn")  # type: ignore[untyped-decorator]
def burn() -> None:
    """One video; the next one takes its place in the queue, which is never empty."""
    if os.getpid() not in _made:
        client = connect(os.environ["BENCH_REDIS_URL"], "bench")
        _made[os.getpid()] = Task(client, PREFIX, Unmarked(), os.environ["BENCH_API_URL"])
    _made[os.getpid()].run()
    burn.delay()


def fill() -> None:
    """Puts the first ones into the queue."""
    for _ in range(AHEAD):
        burn.delay()
