"""The cost of a submit of 10,000 files, from the command to the prompt.

    python -m benchmarks.submit_10k

`videobatch submit FOLDER --detach` on a Redis of its own that no worker reads, so that nothing
competes: it finds the files, plans them, writes them to the ledger and feeds the queue. Beside
it, in one process that has everything imported, the seconds of each of these steps. The files
hold eight bytes each: size does not matter, since a submit reads no content that is new to it.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from benchmarks import suite
from benchmarks.figures import Figure
from benchmarks.inputs import no_videos
from benchmarks.stacks import open_batch, sound, undisturbed, wish
from celery_app.celery_settings import AppOptions
from celery_app.publishing import publishing
from config.settings import load_settings
from tests.support.cli import Cli
from tests.support.servers import RedisServer
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger
from videobatch.state.store import Store
from videobatch.submission.inputs import collect
from videobatch.submission.plan import plan_video
from videobatch.submission.speech import Sidecars

TARGET_S = 5.0
COUNT = 10_000
CHUNK = 500
T = TypeVar("T")


def measure(effort: suite.Effort) -> list[Figure]:
    """Wall time of the command, the first time and again, and of the steps inside it."""
    rounds = effort.rounds(5, least=2)
    no_videos(effort.folder / "videos", COUNT)
    first, again, steps = [], [], []
    with ledger_without_workers(effort.folder) as (server, ledger):
        for _ in range(rounds):
            first.append(_submit(server, effort.folder))
            again.append(_submit(server, effort.folder))
            _forget(server, ledger, effort.folder)
            steps.append(_steps(ledger, effort.folder))
            _forget(server, ledger, effort.folder)
    medians = {name: statistics.median(each[name] for each in steps) for name in steps[0]}
    note = f"{COUNT:,} files, median of {rounds}"
    return [
        Figure("submit --detach", statistics.median(first), "s", TARGET_S, f"process, {note}"),
        Figure("submit --detach again", statistics.median(again), "s", note="all pending already"),
        *(Figure(f"of it: {name}", value, "s", note=note) for name, value in medians.items()),
    ]


@contextmanager
def ledger_without_workers(folder: Path) -> Iterator[tuple[RedisServer, Ledger]]:
    """A server, and its ledger, which knows what to publish as if a controller led."""
    server = RedisServer(folder / "redis")
    try:
        with connect(server.url, name="benchmark") as client:
            ledger = Ledger(Store(client, load_settings().prefix))
            _tell_publishing(server, ledger)
            yield server, ledger
    finally:
        with undisturbed():
            server.stop()


def _tell_publishing(server: RedisServer, ledger: Ledger) -> None:
    ledger.set_publishing(*publishing(AppOptions(server.url, load_settings().prefix)))


def _forget(server: RedisServer, ledger: Ledger, folder: Path) -> None:
    server.flush()
    _tell_publishing(server, ledger)
    shutil.rmtree(folder / "out", ignore_errors=True)


def _submit(server: RedisServer, folder: Path) -> float:
    cli = Cli(folder / "no-home", {"VIDEOBATCH_REDIS_URL": server.url})
    began_s = time.perf_counter()
    sound(cli("submit", folder / "videos", "--out", folder / "out", "--detach"))
    return time.perf_counter() - began_s


def _steps(ledger: Ledger, folder: Path) -> dict[str, float]:
    """Seconds of each step, one after the other."""
    videos, out = folder / "videos", folder / "out"
    wanted = wish()
    found, find_s = _timed(lambda: collect([videos], None, exclude=[]).found)
    sidecars = Sidecars()
    new, plan_s = _timed(
        lambda: [
            plan_video(each, out, wanted, force=False, sidecars=sidecars.of(each)) for each in found
        ]
    )

    def write() -> None:
        open_batch(ledger, "many", videos, out)
        for begin in range(0, len(new), CHUNK):
            ledger.add_videos("many", new[begin : begin + CHUNK])
            ledger.feed()

    _, ledger_s = _timed(write)
    return {"find": find_s, "plan": plan_s, "open_batch, add_videos, feed": ledger_s}


def _timed(call: Callable[[], T]) -> tuple[T, float]:
    began_s = time.perf_counter()
    answer = call()
    return answer, time.perf_counter() - began_s


if __name__ == "__main__":
    suite.alone("submit_10k", measure, __doc__)
