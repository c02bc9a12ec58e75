"""Redis, one worker and one controller, without a supervisor; and a batch of big files in it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psutil

from benchmarks.stacks import open_batch, planned_of, undisturbed
from cli.stack.programs import RECOGNISER, WORKER_MODULE, python_programs
from config.settings import PROJECT_ROOT, load_settings
from tests.support.processes import Process
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.records import VideoState
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger
from videobatch.state.store import Store
from videobatch.state.views import VideoView, Views
from videobatch.submission.inputs import collect

START_S = 30.0
LIMIT_S = 3600.0
BATCH = "measured"


@dataclass(frozen=True)
class Crew:
    """A worker and a controller on a ledger of their own."""

    worker: Process
    controller: Process
    ledger: Ledger
    views: Views
    folder: Path
    recogniser: Process | None = None
    start_recogniser: Callable[[], Process] | None = None

    def pids(self) -> list[int]:
        """The worker's main process, its children, the controller, and the recogniser if any."""
        others = [each.pid for each in (self.controller, self.recogniser) if each is not None]
        try:
            children = psutil.Process(self.worker.pid).children()
        except psutil.NoSuchProcess:
            return []
        return [self.worker.pid, *(child.pid for child in children), *others]

    def submit(self, path: Path, copies: int) -> None:
        """A batch with the file so many times over, under different names."""
        out = self.folder / "out"
        (one,) = collect([path], None, exclude=[]).found
        found = [replace(one, name=f"{number}-{one.name}") for number in range(copies)]
        open_batch(self.ledger, BATCH, path.parent, out)
        self.ledger.add_videos(BATCH, planned_of(found, out))
        self.ledger.feed()

    def most_at_once(self) -> int:
        """The most videos that ran at the same moment."""
        spans = [(v.started_s or 0.0, v.finished_s or 0.0) for v in self.views.all_videos(BATCH)]
        return max(sum(s <= start_s < end_s for s, end_s in spans) for start_s, _ in spans)

    def wait(self) -> Sequence[VideoView]:
        """The videos, once they are all done. AssertionError if one is not."""
        wait_for(self.is_over, LIMIT_S, "all videos have ended", self.worker.tail)
        videos = list(self.views.all_videos(BATCH))
        bad = [f"{v.name}: {v.state.value}" for v in videos if v.state is not VideoState.DONE]
        assert not bad, f"{bad}\n{self.worker.tail()}"
        return videos

    def is_over(self) -> bool:
        """True once all videos have ended, or the worker has."""
        batch = self.views.batch(BATCH)
        return not self.worker.is_alive() or (batch is not None and batch.open_videos == 0)


@contextmanager
def crew(
    folder: Path, *, slots: int, app: str = WORKER_MODULE, shared: bool = False, **more: str
) -> Iterator[Crew]:
    """A worker with so many slots, and a controller, started as the stack starts them, with these
    settings; with a recogniser beside them where the model is `shared`. Ended after the block,
    whatever happened."""
    programs = {
        each.name: [app if word == WORKER_MODULE else word for word in each.argv]
        for each in python_programs(sys.executable, PROJECT_ROOT, concurrency=slots, flower_port=0)
    }
    assert app in programs["worker"], f"no worker runs {app}"
    prefix = load_settings().prefix
    ends = ExitStack()
    try:
        server = RedisServer(folder / "redis")
        ends.callback(server.stop)
        client = ends.enter_context(connect(server.url, name="benchmark"))
        environment = {
            "VIDEOBATCH_REDIS_URL": server.url,
            "VIDEOBATCH_CONCURRENCY__POLICY": "fixed",
            "VIDEOBATCH_CONCURRENCY__MAX": str(slots),
            "VIDEOBATCH_HOME": str(folder / "no-home"),
            **({"VIDEOBATCH_SPEECH__SOCKET": str(folder / "speech.sock")} if shared else {}),
            **more,
        }

        def start(name: str) -> Process:
            made = Process(programs[name], folder / f"{name}.log", environment)
            return ends.enter_context(made)

        worker, controller = start("worker"), start("controller")
        recogniser = start(RECOGNISER) if shared else None
        worker.wait_for_line("ready.", START_S)
        controller.wait_for_line("leading", START_S)
        yield Crew(
            worker,
            controller,
            Ledger(Store(client, prefix)),
            Views(Store(client, prefix)),
            folder,
            recogniser,
            partial(start, RECOGNISER) if shared else None,
        )
    finally:
        with undisturbed():
            ends.close()
