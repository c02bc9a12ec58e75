"""Kills at random, in a drawn order, over batch after batch: nothing lost, nothing done twice."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from tests.chaos import figures
from tests.chaos.fleet import Fleet, Running, Supervised
from tests.chaos.outcome import Hits, Outcome, judge
from tests.chaos.schedule import KILLS, PHASES, STOPS, Fault, Planned, Size, plan
from tests.support.keys import KEYS
from tests.support.outputs import batch_folder
from tests.support.waiting import wait_for

pytestmark = pytest.mark.real

SOON_S = 300.0
END_S = 600.0
# The talks have one or two.
SEGMENTS = 2
FORGOTTEN_S = 1.0
FINISHED_PER_FAULT = 0.5


class Storm:
    """Batches one after the other, each submitted and followed by a command line, and faults."""

    def __init__(self, fleet: Fleet, footage: Path, rng: random.Random) -> None:
        self.fleet = fleet
        self.hits = Hits()
        self.outs: list[Path] = []
        self._strikes = 0
        self._rollbacks = 0
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
        if self.cli.process.returncode == 0:
            return True
        assert self.cli.process.returncode != 1, f"a video was given up\n{self.evidence()}"
        assert "Traceback" not in self.cli.process.log(), self.cli.process.tail()
        self.cli.again()
        return False

    def finish(self) -> None:
        """Waits until the command has seen the end of the last batch."""
        wait_for(self.is_followed_to_the_end, END_S, "all is done", self.evidence)

    def reports_are_written(self) -> bool:
        """True once no batch waits for its report."""
        return not self.fleet.ledger.reports_due()

    def evidence(self) -> str:
        return f"{self.cli.process.tail()}\n{self.fleet.tails()}"

    def strike(self, planned: Planned) -> None:
        """Waits until a video runs, then as long as planned, then hits.

        A slow machine is given the time to finish something in between.
        """
        wait_for(self._is_in_pace, END_S, "videos are finished", self.evidence)
        wait_for(self._is_at_work, SOON_S, "a video runs", self.evidence)
        self._strikes += 1
        threading.Event().wait(planned.after_s)
        if planned.fault in KILLS:
            self._kill(planned.fault)
        elif planned.fault in PHASES:
            with self._refusing(planned.fault):
                threading.Event().wait(planned.lasts_s)
        elif planned.fault in STOPS:
            with self.fleet.stopped(self._to_stop(planned.fault)):
                threading.Event().wait(planned.lasts_s)
        elif planned.fault is Fault.REDIS_ROLLBACK:
            self._roll_back()
        else:
            self.fleet.server.restart()

    def _kill(self, fault: Fault) -> None:
        match fault:
            case Fault.CHILD:
                wait_for(self._kill_a_child, SOON_S, "a child is killed", self.evidence)
            case Fault.WORKER:
                wait_for(self._kill_a_worker, SOON_S, "a worker is killed", self.evidence)
            case Fault.CONTROLLER:
                self._rng.choice(list(self.fleet.controllers.values())).kill()
            case Fault.REDIS:
                self.fleet.server.kill()
                self.fleet.server.start()
            case _:
                if self.cli.process.is_alive():
                    self.cli.kill()

    @contextmanager
    def _refusing(self, fault: Fault) -> Iterator[None]:
        """Redis takes no writes, and says why."""
        if fault is Fault.READ_ONLY:
            self.fleet.server.make_replica()
            yield
            self.fleet.server.make_master()
        else:
            self.fleet.server.want_replicas(1)
            yield
            self.fleet.server.want_replicas(0)

    def _is_in_pace(self) -> bool:
        self._is_at_work()
        return self._finished() >= self._strikes * FINISHED_PER_FAULT

    def _finished(self) -> int:
        """How many videos have been finished since the faults began; as of before, if Redis is
        away."""
        batch_id = batch_of(self.outs[-1]) if len(self.outs) > 1 else None
        if batch_id:
            with suppress(RedisError):
                key = KEYS.finished(batch_id)
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
        self.hits.segments += 1
        return True

    def _kill_a_worker(self) -> bool:
        victim = self._victim()
        if victim is None:
            return False
        self.hits.segments += self._held_by(victim.worker)
        self.fleet.workers[victim.worker].kill()
        return True

    def _to_stop(self, fault: Fault) -> list[int]:
        """The processes that are to stand still."""
        victim = self._victim()
        worker = victim.worker if victim else next(iter(self.fleet.workers))
        if fault in {Fault.MAIN_STOP, Fault.WORKER_STOP}:
            # Where its leases end meanwhile, others begin again what its children go on with.
            self.hits.segments += SEGMENTS * self._held_by(worker)
        family = self.fleet.workers[worker].family()
        controller = self._rng.choice(list(self.fleet.controllers.values()))
        return {
            Fault.CHILD_STOP: [victim.pid] if victim else [],
            Fault.MAIN_STOP: family[:1],
            Fault.WORKER_STOP: family,
            Fault.CONTROLLER_STOP: [controller.process.pid],
            Fault.REDIS_STOP: [self.fleet.server.pid],
            Fault.CLI_STOP: [self.cli.process.pid] if self.cli.process.is_alive() else [],
        }[fault]

    def _roll_back(self) -> None:
        """Redis forgets what it was told in the last second: what ended then ends again, what began
        then begins again beside it."""
        self._rollbacks += 1
        snapshot = self.fleet.folder / f"snapshot-{self._rollbacks}"
        before = self._at_work()
        finished = self.fleet.finished()
        self.fleet.server.snapshot(snapshot)
        threading.Event().wait(FORGOTTEN_S)
        at_work = before | self._at_work()
        forgotten = self.fleet.finished() - finished
        self.fleet.server.roll_back(snapshot)
        self.hits.segments += SEGMENTS * len(at_work | forgotten)
        self.hits.documents += len(at_work | forgotten)

    def _at_work(self) -> set[tuple[str, str]]:
        return {(each.batch_id, each.video_id) for each in self.fleet.running()}

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
    wait_for(storm.reports_are_written, END_S, "the reports are written", storm.evidence)
    outcome = judge(fleet, storm.outs, undisturbed, storm.hits)
    for each in fleet.supervised():
        assert each.process.is_alive(), each.process.tail()
    _note(faults, outcome, storm.hits)


def _note(faults: list[Planned], outcome: Outcome, hits: Hits) -> None:
    for fault in Fault:
        figures.note(fault, sum(each.fault is fault for each in faults))
    figures.note("videos submitted, done, as undisturbed; dead letters", f"{outcome.done}; 0")
    figures.note("documents made again, since Redis forgot them", outcome.made_again)
    figures.note("segments recognised, of them again", f"{outcome.recognised}, {outcome.repeated}")
    figures.note("segments of what was hit at work", hits.segments)
