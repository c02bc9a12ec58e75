"""The time from the ledger to a video's start in a worker with a free slot, beside bare Celery.

    python -m benchmarks.dispatch

One stack as `videobatch up` starts it; in turn, with the worker idle in between: a video is
written to the ledger and fed (from the call of `feed` to `started_ms`, which the claim sets in
Redis), bare Celery's task is published as a ready message by one LPUSH, and by `apply_async`
(from that call to the task's first line). A start counts as the end of its millisecond. Bare
Celery's worker has the same number of children, priority and settings, but never replaces a
child; ours does after `videos_per_child` videos, more than are started here: that costs the next
one about 0.3 s.
"""

from __future__ import annotations

import importlib
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from benchmarks import suite
from benchmarks.figures import Figure, quantile
from benchmarks.inputs import no_videos
from benchmarks.stacks import Stack, open_batch, planned, running_stack
from celery_app.publishing import message_template, queue_key
from cli.stack.programs import WORKER_NICENESS
from tests.support.processes import Process
from tests.support.waiting import wait_for
from videobatch.state.ledger import NewVideo

TARGET_S, TARGET_RATIO = 0.025, 1.5
ROUNDS, WARM_UP = 300, 5
CHILDREN = 2
LIMIT_S = 30.0
IDLE_S = 0.03


@dataclass
class Bare:
    """Bare Celery's worker, and two ways to give it a task."""

    running: Stack
    app: Any
    starts: str
    sent: int = field(default=0)

    def by_push(self) -> float:
        """Seconds from an LPUSH of a ready message to the end of the millisecond of the task's
        first line."""
        self.sent += 1
        text = message_template(self.app, "nothing").replace("{task_id}", f"bare-{self.sent}")
        key = queue_key(self.app)
        return self._timed(lambda: self.running.client.lpush(key, text))

    def by_call(self) -> float:
        """The same as `by_push`, from the call of `apply_async`."""
        return self._timed(lambda: self.app.send_task("nothing", ("a", "b")))

    def _timed(self, publish: Callable[[], object]) -> float:
        client = self.running.client
        client.delete(self.starts)
        began_s = time.time()
        publish()
        wait_for(lambda: client.llen(self.starts), LIMIT_S, "bare Celery starts the task")
        return _rounded(float(cast("str", client.lindex(self.starts, 0)))) - began_s


@contextmanager
def bare_celery(running: Stack, folder: Path) -> Iterator[Bare]:
    """Bare Celery's worker on the Redis of the stack."""
    url = running.client.get_connection_kwargs()
    os.environ["BENCH_REDIS_URL"] = (
        f"redis://:{url['password']}@{url['host']}:{url['port']}/{url['db']}"
    )
    # Read at import: the worker's process imports it by name, and this one to publish.
    module = importlib.import_module("benchmarks.bare_app")
    worker = [sys.executable, "-m", "celery", "-A", "benchmarks.bare_app", "worker"]
    options = ["--without-mingle", "--without-gossip", "--loglevel", "INFO", "-n", "bare@here"]
    argv = ["nice", "-n", str(WORKER_NICENESS), *worker, "--concurrency", str(CHILDREN), *options]
    with Process(argv, folder / "bare.log") as process:
        process.wait_for_line("ready.", LIMIT_S)
        yield Bare(running, module.app, module.STARTS)


def measure(effort: suite.Effort) -> list[Figure]:
    """p50 and p99 of both, and the ratio of the p99."""
    rounds = effort.rounds(ROUNDS)
    videos = effort.folder / "videos"
    no_videos(videos, WARM_UP + rounds)
    ours, pushed, called = [], [], []
    with (
        running_stack(effort.folder / "home", VIDEOBATCH_CONCURRENCY__MAX=str(CHILDREN)) as running,
        bare_celery(running, effort.folder) as bare,
    ):
        new = planned(videos, effort.folder / "out")
        for number, video in enumerate(new):
            ours.append(_started(running, f"dispatch-{number}", video, effort.folder))
            pushed.append(bare.by_push())
            time.sleep(IDLE_S)
            called.append(bare.by_call())
            time.sleep(IDLE_S)
    for times in (ours, pushed, called):
        del times[:WARM_UP]
    note = f"{rounds} one at a time"
    ours_p99, pushed_p99 = quantile(ours, 0.99), quantile(pushed, 0.99)
    return [
        Figure("ours, p50", quantile(ours, 0.5) * 1e3, "ms", note=note),
        Figure("ours, p99", ours_p99 * 1e3, "ms", TARGET_S * 1e3, note),
        Figure("ours, longest", max(ours) * 1e3, "ms", note=note),
        Figure("bare Celery, p50", quantile(pushed, 0.5) * 1e3, "ms", note=f"LPUSH, {note}"),
        Figure("bare Celery, p99", pushed_p99 * 1e3, "ms", note=f"LPUSH, {note}"),
        Figure(
            "bare apply_async, p50", quantile(called, 0.5) * 1e3, "ms", note=f"same run, {note}"
        ),
        Figure(
            "bare apply_async, p99", quantile(called, 0.99) * 1e3, "ms", note=f"same run, {note}"
        ),
        Figure(
            "ratio, p99", ours_p99 / pushed_p99, "x", TARGET_RATIO, "ours to bare Celery's LPUSH"
        ),
        Figure(
            "ratio, p50",
            quantile(ours, 0.5) / quantile(pushed, 0.5),
            "x",
            note="ours to bare Celery's LPUSH",
        ),
    ]


def _started(running: Stack, batch_id: str, video: NewVideo, folder: Path) -> float:
    """Seconds from the feed to the start of the one video of a new batch; waits until the worker
    is idle again."""
    open_batch(running.ledger, batch_id, folder / "videos", folder / "out" / batch_id)
    running.ledger.add_videos(batch_id, [video])
    # Redis is on this machine, so that its clock is ours.
    began_s = time.time()
    running.ledger.feed()
    wait_for(lambda: _is_over(running, batch_id), LIMIT_S, "the video has failed")
    time.sleep(IDLE_S)
    ended = running.views.finished(batch_id, 0)[0][0]
    assert ended.started_s is not None
    # Redis cuts the start down to its millisecond: the end of that one is what can be said.
    return ended.started_s + 1e-3 - began_s


def _is_over(running: Stack, batch_id: str) -> bool:
    batch = running.views.batch(batch_id)
    return (
        batch is not None
        and batch.open_videos == 0
        and batch_id not in running.ledger.reports_due()
    )


def _rounded(started_s: float) -> float:
    """The end of its millisecond, as for our videos: so that both are late by half of one."""
    return (math.floor(started_s * 1e3) + 1) / 1e3


if __name__ == "__main__":
    suite.alone("dispatch", measure, __doc__)
