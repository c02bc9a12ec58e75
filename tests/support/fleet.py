"""Real workers and controllers of the product, on a server of the test's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from tests.support.cli import OURS
from tests.support.keys import KEYS
from tests.support.pipeline import job_of
from tests.support.processes import Process
from tests.support.servers import RedisServer
from videobatch.paths import to_uri
from videobatch.records import VideoState
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store
from videobatch.state.views import VideoView, Views

START_S = 60.0
PREFIX = "vb"
BATCH = "b"
OPEN = {"VIDEOBATCH_CONCURRENCY__POLICY": "fixed", "VIDEOBATCH_CONCURRENCY__MAX": "8"}


class Fleet:
    """Starts processes, submits videos of one batch and looks at them in the ledger."""

    def __init__(self, server: RedisServer, folder: Path, prefix: str = PREFIX) -> None:
        self.server = server
        self.folder = folder
        self.prefix = prefix
        self.out = folder / "out"
        self.client = connect(server.url)
        self.ledger = Ledger(Store(self.client, prefix))
        self.views = Views(Store(self.client, prefix))
        self._started: list[Process] = []

    def variables(self, **more: str) -> dict[str, str]:
        """The settings of each process; what the tests' own environment sets counts for nothing."""
        inherited = dict.fromkeys((k for k in os.environ if k.startswith(OURS)), "")
        ours = {"VIDEOBATCH_REDIS_URL": self.server.url, "VIDEOBATCH_PREFIX": self.prefix}
        return {**inherited, **ours, "VIDEOBATCH_CONCURRENCY__MAX": "1", **more}

    def start_worker(
        self, name: str = "w1@here", inside: Sequence[str] = (), **more: str
    ) -> Process:
        """A worker of one slot, ready for its first video; `inside` is a command that runs it."""
        worker = self.begin_worker(name, inside, **more)
        worker.wait_for_line("ready.", START_S)
        return worker

    def begin_worker(
        self, name: str = "w1@here", inside: Sequence[str] = (), **more: str
    ) -> Process:
        """The same, and nobody waits until it is ready."""
        options = ["--without-mingle", "--without-gossip", "--loglevel", "INFO", "-n", name]
        argv = ["-m", "celery_app", *options]
        return self._start(argv, name, inside, **more)

    def start_controller(self, name: str = "controller", **more: str) -> Process:
        """A controller that leads or stands by. It opens all slots of all workers, however busy
        others keep the CPUs."""
        more = {**OPEN, **more}
        controller = self._start(["-m", "controllers"], name, **more)
        mark = f":{controller.pid}"

        def has_connected() -> bool:
            return any(each["name"].endswith(mark) for each in self.client.client_list())

        controller.wait_for(has_connected, START_S, "it has looked who leads")
        return controller

    def _start(
        self, argv: list[str], name: str, inside: Sequence[str] = (), **more: str
    ) -> Process:
        log_path = self.folder / f"{name}.log"
        whole = [*inside, sys.executable, *argv]
        self._started.append(Process(whole, log_path, self.variables(**more)))
        return self._started[-1]

    def process(self, name: str) -> Process:
        """The one that was started last under this name."""
        (*_, found) = [each for each in self._started if each.log_path.stem == name]
        return found

    def submit(self, *paths: Path) -> None:
        """Adds the files to the batch; the stem is the video's id."""
        top = paths[0].parent
        self.ledger.open_batch(
            BATCH, name=BATCH, out_uri=to_uri(self.out), root_uri=to_uri(top), provider="offline"
        )
        videos = [NewVideo(path.stem, job_of(path, self.out)) for path in paths]
        self.ledger.add_videos(BATCH, videos)
        self.ledger.feed()

    def video(self, video_id: str) -> VideoView:
        return self.views.videos(BATCH, [video_id])[0]

    def state(self, video_id: str) -> VideoState:
        return self.video(video_id).state

    def checkpoints(self, video_id: str) -> dict[str, str]:
        key = KEYS.checkpoints(BATCH, video_id)
        return cast("dict[str, str]", self.client.hgetall(key))

    def logs(self) -> str:
        """The ends of all logs, for a failure's message."""
        return "\n".join(process.tail() for process in self._started)

    def end(self) -> None:
        """Ends whatever still runs."""
        for process in reversed(self._started):
            process.stop()
        self.client.close()


@contextmanager
def fleet_on(server: RedisServer, folder: Path, prefix: str = PREFIX) -> Iterator[Fleet]:
    """A fleet whose processes are ended, whatever happened."""
    fleet = Fleet(server, folder, prefix)
    try:
        yield fleet
    finally:
        fleet.end()
