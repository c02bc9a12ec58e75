"""A fleet under supervision: what is killed is started again at once, as a supervisor would."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from redis.exceptions import RedisError

from tests.support.cli import OURS
from tests.support.keys import KEYS
from tests.support.processes import Process
from tests.support.servers import RedisServer
from videobatch.records import LIFE_MARK
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger
from videobatch.state.samples import SampleStore
from videobatch.state.store import Store
from videobatch.state.views import Views

PREFIX = "vb"
SLOTS = 2
WORKERS = ("one@here", "two@here")
CONTROLLERS = ("controller-1", "controller-2")
START_S = 60.0
_MADE = re.compile(r" (\S+)/(\S+) tasks\.attempt: done \(try")
_RECOGNISED = re.compile(r" (\S+)/(\S+) videobatch\.\S*transcribing: segment (\d+) recognised")


@dataclass(frozen=True, slots=True)
class Running:
    """A video that somebody works on: by whom, in which process, under which token."""

    batch_id: str
    video_id: str
    worker: str
    pid: int
    token: str


class Supervised:
    """A command that always runs, until `end`."""

    def __init__(self, name: str, argv: Sequence[str], folder: Path, env: dict[str, str]) -> None:
        self.name = name
        self._argv = [sys.executable, *argv]
        self._log_path = folder / f"{name}.log"
        self._env = env
        self.process = self._start()

    def _start(self) -> Process:
        return Process(self._argv, self._log_path, self._env)

    def kill(self) -> None:
        """SIGKILL for the process itself; another one is on its way when this returns."""
        assert self.process.is_alive(), f"it ended by itself\n{self.process.tail()}"
        self.process.kill()
        self.process = self._start()

    def again(self) -> None:
        """Starts it again after its own end."""
        assert not self.process.is_alive()
        self.process = self._start()

    def family(self) -> list[int]:
        """Its process and all below it."""
        return [self.process.pid, *self.process.children()]

    def log(self) -> str:
        """All that its processes have written."""
        return self._log_path.read_text(errors="replace")


class Fleet:
    """Redis, two workers of two slots, a leading controller and its standby."""

    def __init__(
        self,
        server: RedisServer,
        folder: Path,
        worker_env: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.server = server
        self.folder = folder
        self.client = connect(server.url, "chaos")
        self.ledger = Ledger(Store(self.client, PREFIX))
        self.views = Views(Store(self.client, PREFIX, patience_s=30.0))
        inherited = dict.fromkeys((k for k in os.environ if k.startswith(OURS)), "")
        self.env = {
            **inherited,
            "VIDEOBATCH_REDIS_URL": server.url,
            "VIDEOBATCH_PREFIX": PREFIX,
            "VIDEOBATCH_HOME": str(folder / "home"),
            # All slots are open at all times, however busy others keep the CPUs.
            "VIDEOBATCH_CONCURRENCY__POLICY": "fixed",
            "VIDEOBATCH_CONCURRENCY__MAX": str(SLOTS),
        }
        whole_host = {"VIDEOBATCH_CONCURRENCY__MAX": str(SLOTS * len(WORKERS))}
        self.controllers = {
            name: self.supervise(name, ["-m", "controllers"], whole_host) for name in CONTROLLERS
        }
        self.workers = {
            name: self._worker(name, (worker_env or {}).get(name, {})) for name in WORKERS
        }

    def _worker(self, name: str, env: Mapping[str, str]) -> Supervised:
        options = ["--without-mingle", "--without-gossip", "--loglevel", "INFO", "-n", name]
        argv = ["-m", "celery_app", *options]
        return self.supervise(name, argv, env)

    def supervise(
        self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None
    ) -> Supervised:
        return Supervised(name, argv, self.folder, {**self.env, **(env or {})})

    def wait_until_ready(self) -> None:
        """Waits for both workers' first connection."""
        for each in self.workers.values():
            each.process.wait_for_line("ready.", START_S)

    def running(self) -> list[Running]:
        """What runs now, in a lasting order; nothing while Redis is away."""
        try:
            return [
                found
                for member in cast("list[str]", self.client.zrange(KEYS.leases, 0, -1))
                if (found := self._running(*member.split("/", 1)))
            ]
        except RedisError:
            return []

    def _running(self, batch_id: str, video_id: str) -> Running | None:
        state, owner, pid, token = self.field(batch_id, video_id, "state", "owner", "pid", "token")
        if state != "running" or owner is None or pid is None or token is None:
            return None
        return Running(batch_id, video_id, owner.partition(LIFE_MARK)[0], int(pid), token)

    def field(self, batch_id: str, video_id: str, *names: str) -> list[str | None]:
        """Raw fields of a video's hash."""
        key = KEYS.video(batch_id, video_id)
        return cast("list[str | None]", self.client.hmget(key, names))

    def kill_child(self, running: Running) -> bool:
        """SIGKILL for the process that works on the video; False if it is gone already."""
        if running.pid not in self.workers[running.worker].process.children():
            return False
        os.kill(running.pid, signal.SIGKILL)
        return True

    @contextmanager
    def stopped(self, pids: Sequence[int]) -> Iterator[None]:
        """SIGSTOP for the processes, SIGCONT at the end; those that are gone are left out."""
        signal_all(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            signal_all(pids, signal.SIGCONT)

    def finished(self) -> set[tuple[str, str]]:
        """Batch and video of all that have ended."""
        return {
            (batch_id, video_id)
            for batch_id in self.views.batch_ids()
            for video_id in cast("list[str]", self.client.zrange(KEYS.finished(batch_id), 0, -1))
        }

    def made(self) -> list[tuple[str, str]]:
        """Batch and video of each document that a worker says it has put in place."""
        return [found for each in self.workers.values() for found in _MADE.findall(each.log())]

    def recognised(self) -> list[tuple[str, str, int]]:
        """Batch, video and number of each segment, as often as a worker recognised it."""
        found: list[tuple[str, str, int]] = []
        for worker in self.workers.values():
            lines = _RECOGNISED.findall(worker.log())
            found += [(batch, video, int(number)) for batch, video, number in lines]
        return found

    def sampled_at_s(self, worker: str) -> float:
        """The time of the worker's last sample, by the worker's own clock."""
        reading = SampleStore(Store(self.client, PREFIX)).alive().get(worker)
        return reading.sample.at_s if reading else 0.0

    def supervised(self) -> list[Supervised]:
        return [*self.workers.values(), *self.controllers.values()]

    def tails(self) -> str:
        """The ends of all logs, for a failure's message."""
        return "\n".join(each.process.tail() for each in self.supervised())

    def end(self) -> None:
        """Ends everything at once: nobody waits for a worker's last video."""
        for each in self.supervised():
            each.process.kill()
        self.client.close()


def signal_all(pids: Sequence[int], number: int) -> None:
    """The signal for each that is there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def fleet_on(
    server: RedisServer,
    folder: Path,
    worker_env: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[Fleet]:
    """A fleet that is ready, and ended whatever happened; `worker_env` adds to the environment of
    the named workers."""
    fleet = Fleet(server, folder, worker_env)
    try:
        fleet.wait_until_ready()
        yield fleet
    finally:
        fleet.end()
