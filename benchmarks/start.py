"""The time until there is something to work with: the stack's start, and a submit's first act.

    python -m benchmarks.start

Times are those of whole processes, the start of Python included. A stack is up when `up` has
ended *and* the worker has said in its log that it is ready, whichever is later. After a kill of
everything, the 10,000 videos of the ledger are texts under the names of videos: while the stack
starts, its worker already fails the first of them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import suite
from benchmarks.figures import Figure
from benchmarks.inputs import no_videos, silences
from benchmarks.stacks import Stack, ended_after, open_batch, opened, planned, running_stack, sound
from cli.stack.home import open_home
from cli.stack.processes import stack_processes
from tests.support.cli import Cli
from tests.support.waiting import wait_for
from videobatch.paths import to_uri
from videobatch.state.ids import batch_id

UP_TARGET_S = 3.0
WORK_TARGET_S = 1.0
RECOVERED = 10_000
FAMILIAR = 20
BATCH = "recovered"
LIMIT_S = 60.0
READY = " ready."


def measure(effort: suite.Effort) -> list[Figure]:
    """`up` on an empty home, after a kill, and where it runs; a submit's first write and start."""
    rounds = effort.rounds(5, least=2)
    times = f"median of {rounds}"
    empty = [_up_empty(effort.folder / f"home-{number}") for number in range(rounds)]
    after = _after_kills(effort.folder / "killed", rounds)
    familiar = _familiar(effort.folder / "familiar", rounds)
    return [
        Figure(
            "up, empty home",
            _median([each.up_s for each in empty]),
            "s",
            UP_TARGET_S,
            f"until ready, {times}",
        ),
        Figure(
            "up ends too early",
            max(each.early_s for each in empty),
            "s",
            note=f"before its worker was ready; the longest of {rounds}",
        ),
        Figure(
            "up, 10,000 videos",
            _median([each.up_s for each in after]),
            "s",
            UP_TARGET_S,
            f"all killed before; until ready, {times}",
        ),
        Figure(
            "first video after it",
            _median([each.first_s for each in after]),
            "s",
            note=f"from the start of `up`, {times}",
        ),
        Figure("up, runs already", familiar.up_s, "s", note=f"process, {times}"),
        Figure(
            "submit, all done: first write",
            familiar.write_s,
            "s",
            WORK_TARGET_S,
            f"{FAMILIAR} files; to the batch's entry in the ledger, {times}",
        ),
        Figure("submit, all done: end", familiar.end_s, "s", note=f"process, {times}"),
        Figure(
            "submit, one new: starts work",
            familiar.work_s,
            "s",
            WORK_TARGET_S,
            f"{FAMILIAR} old files, one new; to its start in a worker, {times}",
        ),
    ]


def _up_empty(home: Path) -> _Up:
    with ended_after(home) as cli:
        return _up(cli)


@dataclass(frozen=True, slots=True)
class _Up:
    """Seconds until the stack was up, and by how much `up` ended before its worker was ready."""

    up_s: float
    early_s: float


def _up(cli: Cli) -> _Up:
    (cli.home / "logs" / "worker.log").unlink(missing_ok=True)
    began_s = time.perf_counter()
    sound(cli("up"))
    ended_s = time.perf_counter()
    wait_for(lambda: READY in cli.log("worker"), LIMIT_S, "the worker is ready")
    early_s = time.perf_counter() - ended_s
    return _Up(ended_s + early_s - began_s, early_s)


@dataclass(frozen=True, slots=True)
class _After:
    up_s: float
    first_s: float


def _after_kills(folder: Path, rounds: int) -> list[_After]:
    no_videos(folder / "videos", RECOVERED)
    with running_stack(folder / "home") as running:
        open_batch(running.ledger, BATCH, folder / "videos", folder / "out")
        running.ledger.steer(BATCH, "pause")
        running.ledger.add_videos(BATCH, planned(folder / "videos", folder / "out"))
        # The append-only file is written once a second.
        time.sleep(1.5)
        running.ledger.steer(BATCH, "resume")
        return [_after_kill(running) for _ in range(rounds)]


def _after_kill(running: Stack) -> _After:
    """One start after everything was killed: until it was up, and until work began."""
    cli = running.cli
    killed = stack_processes(open_home(cli.home))
    for process in killed:
        process.kill()
    psutil.wait_procs(killed, LIMIT_S)
    began_s = time.time()
    up = _up(cli)
    with opened(cli) as again:
        firsts: list[float] = []

        def has_started() -> bool:
            firsts[:] = [
                video.started_s
                for video in again.views.all_videos(BATCH)
                if video.started_s is not None and video.started_s > began_s
            ]
            return bool(firsts)

        wait_for(has_started, LIMIT_S, "a video starts")
        return _After(up.up_s, min(firsts) - began_s)


@dataclass(frozen=True, slots=True)
class _Familiar:
    """Medians, in seconds."""

    up_s: float
    write_s: float
    end_s: float
    work_s: float


def _familiar(folder: Path, rounds: int) -> _Familiar:
    """The cost of a running stack and a known folder."""
    videos, out = folder / "videos", folder / "out"
    silences(videos, FAMILIAR)
    own = batch_id(videos.name, to_uri(videos), to_uri(out))
    with running_stack(folder / "home") as running:
        cli = running.cli
        sound(cli("submit", videos, "--out", out))
        up = [_timed(lambda: sound(cli("up"))) for _ in range(rounds)]
        writes, ends, works = [], [], []
        for number in range(rounds):
            began_s = time.time()
            ends.append(_timed(lambda: sound(cli("submit", videos, "--out", out))))
            batch = running.views.batch(own)
            assert batch is not None
            writes.append(batch.submitted_s - began_s)
            silences(videos, 1, name=f"new-{number}")
            began_s = time.time()
            sound(cli("submit", videos, "--out", out))
            works.append(_first_start(running, own, began_s) - began_s)
    return _Familiar(*(_median(values) for values in (up, writes, ends, works)))


def _first_start(running: Stack, own: str, began_s: float) -> float:
    starts = [video.started_s for video in running.views.all_videos(own) if video.started_s]
    return min(start_s for start_s in starts if start_s > began_s)


def _timed(call: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    call()
    return time.perf_counter() - began_s


def _median(values: list[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    suite.alone("start", measure, __doc__)
