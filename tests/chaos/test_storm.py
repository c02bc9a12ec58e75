"""Kills at random, in a drawn order, over batch after batch: nothing lost, nothing done twice."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from tests.chaos import figures
from tests.chaos.fleet import PREFIX, Fleet, Running, Supervised
from tests.chaos.outcome import Hits, Outcome, dead_letters, judge
from tests.chaos.schedule import Fault, Planned, Size, plan
from tests.support.outputs import batch_folder
from tests.support.waiting import wait_for

pytestmark = pytest.mark.real

SOON_S = 60.0
END_S = 240.0
STOPPED_S = 20.0
FINISHED_PER_FAULT = 0.5


class Storm:
    """Batches one after the other, each submitted and followed by a command line, and faults."""

    def __init__(self, fleet: Fleet, footage: Path, rng: random.Random) -> None:
        self.fleet = fleet
        self.hits = Hits()
        self.outs: list[Path] = []
        self._strikes = 0
        self._finished_of: dict[str, int] = {}
        self._footage = footage
        self._rng = rng
        self.cli = self._submit()

    def _submit(self) -> Supervised:
        """The next batch: the same files, another output folder."""
        out = self.fleet.folder / f"out-{len(self.outs)}"
        self.outs.append(out)
        argv = ["-m", "cli.main", "submit", str(self._footage), "--out", str(out)]
        return self.fleet.supervise(f"cli-{len(self.outs)}", argv)

    def is_followed_to_the_end(self) -> bool:
        """True once the command has seen its batch end. One that gave up begins again."""
        if self.cli.process.is_alive():
            return False
        if self.cli.process.returncode in {0, 1}:  # 1: there is a dead letter
            return True
        assert "Traceback" not in self.cli.process.log(), self.cli.process.tail()
        self.cli.again()
        return False

    def finish(self) -> None:
        """Waits until the command has seen the end of the last batch."""
        wait_for(self.is_followed_to_the_end, END_S, "all is done", self.evidence)

    def retry(self, batch_ids: Iterable[str]) -> None:
        """Has every dead letter made after all, as a person would, now that nothing is killed."""
        for batch_id in batch_ids:
            self._retry(batch_id)

    def _retry(self, batch_id: str) -> None:
        argv = ["-m", "cli.main", "retry", batch_id]
        command = self.fleet.supervise(f"retry-{batch_id}", argv)
        wait_for(lambda: not command.process.is_alive(), SOON_S, "retried", command.log)
        assert command.process.returncode == 0, command.log()
        wait_for(lambda: self._is_done(batch_id), END_S, "all is done", self.evidence)

    def _is_done(self, batch_id: str) -> bool:
        batch = self.fleet.views.batch(batch_id)
        reports_due = self.fleet.ledger.reports_due()
        return batch is not None and batch.open_videos == 0 and batch_id not in reports_due

    def evidence(self) -> str:
        return f"{self.cli.process.tail()}\n{self.fleet.tails()}"

    def strike(self, planned: Planned) -> None:
        """Waits until a video runs, then as long as planned, then hits.

        A slow machine is given the time to finish something in between, or everything would
        become a dead letter.
        """
        wait_for(self._is_in_pace, END_S, "videos are finished", self.evidence)
        wait_for(self._is_at_work, SOON_S, "a video runs", self.evidence)
        self._strikes += 1
        threading.Event().wait(planned.after_s)
        match planned.fault:
            case Fault.CHILD:
                wait_for(self._kill_a_child, SOON_S, "a child is killed", self.evidence)
            case Fault.WORKER:
                wait_for(self._kill_a_worker, SOON_S, "a worker is killed", self.evidence)
            case Fault.CONTROLLER:
                self._rng.choice(list(self.fleet.controllers.values())).kill()
            case Fault.REDIS:
                self.fleet.server.kill()
                self.fleet.server.start()
            case Fault.REDIS_RESTART:
                self.fleet.server.restart()
            case Fault.CLI:
                if self.cli.process.is_alive():
                    self.cli.kill()
            case Fault.WORKER_STOP:
                self._stop_a_worker()

    def _is_in_pace(self) -> bool:
        self._is_at_work()
        return self._finished() >= self._strikes * FINISHED_PER_FAULT

    def _finished(self) -> int:
        """How many videos have been finished since the faults began; as of before, if Redis is
        away."""
        batch_id = batch_of(self.outs[-1]) if len(self.outs) > 1 else None
        if batch_id:
            with suppress(RedisError):
                key = f"{PREFIX}:finished:{batch_id}"
                self._finished_of[batch_id] = self.fleet.client.zcard(key)
        return sum(self._finished_of.values())

    def _is_at_work(self) -> bool:
        if self.is_followed_to_the_end():
            self.cli = self._submit()
        return bool(self.fleet.running())

    def _victim(self) -> Running | None:
        self._is_at_work()
        running = self.fleet.running()
        return self._rng.choice(running) if running else None

    def _kill_a_child(self) -> bool:
        victim = self._victim()
        if victim is None or not self.fleet.kill_child(victim):
            return False
        self.hits.videos += 1
        self.hits.deaths[victim.batch_id, victim.video_id] += 1
        return True

    def _kill_a_worker(self) -> bool:
        victim = self._victim()
        if victim is None:
            return False
        self.hits.videos += self._held_by(victim.worker)
        self.fleet.workers[victim.worker].kill()
        return True

    def _stop_a_worker(self) -> None:
        victim = self._victim()
        worker = victim.worker if victim else next(iter(self.fleet.workers))
        self.hits.videos += self._held_by(worker)
        with self.fleet.stopped(worker):
            threading.Event().wait(STOPPED_S)

    def _held_by(self, worker: str) -> int:
        return sum(each.worker == worker for each in self.fleet.running())


def batch_of(out: Path) -> str | None:
    """The id of the batch below `out`, once the command has made its folder."""
    return next((path.name for path in out.glob("*-*") if path.is_dir()), None)


def test_nothing_is_lost_and_nothing_is_done_twice(fleet: Fleet, footage: Path, size: Size) -> None:
    rng = random.Random(size.seed)
    storm = Storm(fleet, footage, rng)
    storm.finish()
    undisturbed = batch_folder(storm.outs[0])
    assert storm.cli.process.returncode == 0, storm.evidence()
    faults = plan(size, rng)
    for planned in faults:
        storm.strike(planned)
    storm.finish()
    dead = dead_letters(fleet, storm.outs, storm.hits)
    storm.retry(dead)
    outcome = judge(fleet, storm.outs, undisturbed, storm.hits)
    for each in fleet.supervised():
        assert each.process.is_alive(), each.process.tail()
    _note(faults, outcome, storm.hits, sum(dead.values()))


def _note(faults: list[Planned], outcome: Outcome, hits: Hits, dead: int) -> None:
    for fault in Fault:
        figures.note(fault, sum(each.fault is fault for each in faults))
    figures.note("videos submitted, done, committed once, as undisturbed", outcome.done)
    figures.note("of them dead letters at first (killed three times), retried", dead)
    figures.note("videos hit at work", hits.videos)
    figures.note("segments recognised, of them again", f"{outcome.recognised}, {outcome.repeated}")
