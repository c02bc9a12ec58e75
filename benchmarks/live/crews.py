"""Real Redis, test API, worker and controller of the live benchmark, and what is read of them."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from celery import Celery

from benchmarks.live.load import WORK, Load
from benchmarks.stacks import undisturbed
from celery_app.celery_settings import AppOptions, celery_settings
from tests.support.api_server import ApiServer
from tests.support.processes import Process
from tests.support.servers import RedisServer
from videobatch.records import VideoJob
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.samples import SampleStore
from videobatch.state.store import Store
from videobatch.telemetry.cgroup import Cgroup
from videobatch.telemetry.host import memory_bytes

PREFIX = "videobatch"
NODE = "worker1@bench"
START_S = 30.0
VIDEOS = 64
MOST = 20
# Memory that the videos of the benchmark may fill, beside what is in use before. A virtual machine
# is given its memory at the first touch, which is slow: with more, little else would be seen.
ROOM_BYTES = 2560 << 20
LOOK_EVERY_S = 0.5
# The defaults scaled down, as far as a sample each second allows; segments are scaled down more.
FAST = {
    "VIDEOBATCH_CONCURRENCY__SMOOTHING_S": "4",
    "VIDEOBATCH_CONCURRENCY__GROW_PAUSE_S": "2",
    "VIDEOBATCH_CONCURRENCY__SHRINK_AFTER_S": "3",
    "VIDEOBATCH_CONCURRENCY__MAX": str(MOST),
    "VIDEOBATCH_CONCURRENCY__INITIAL": "4",
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A load, and how many calls a minute the API allows (None: any)."""

    name: str
    load: Load
    per_min: int | None = None


SEGMENTS = (
    Segment("cpu", Load(cpu_s=1.0, calls=1, latency_s=0.3)),
    Segment("balanced", Load(cpu_s=0.6, calls=4, latency_s=0.6)),
    Segment("memory", Load(cpu_s=0.6, calls=4, latency_s=0.6, memory_mb=350)),
    Segment("quota", Load(cpu_s=0.6, calls=4, latency_s=0.6), per_min=180),
)


@dataclass(frozen=True, slots=True)
class Look:
    """The readings of one moment. `memory` is the used share of what videos may have, `real` the
    videos or processes at once, `work` the seconds of work done since the start."""

    at_s: float
    wanted: int
    real: int
    cpu: float
    memory: float
    work: float


@dataclass
class Bench:
    """One Redis and one API, on which crews work one after the other."""

    redis: RedisServer
    api: ApiServer
    client: Any
    limit_bytes: int
    base_bytes: int
    looks: list[Look] = field(default_factory=list)

    def begin(self, segment: Segment) -> None:
        """Gives the tasks this to do from here on."""
        segment.load.store(self.client)
        # 1e6 is no limit here; a burst of a second's worth, as providers have.
        per_min = segment.per_min or 1_000_000
        self.api.change(
            latency_s=segment.load.latency_s, requests_per_min=per_min, burst=max(4, per_min // 60)
        )

    def work(self) -> float:
        """Seconds of work done so far."""
        return float(self.client.get(WORK) or 0)

    def rate(self, seconds: float, warm_s: float = 0.0) -> float:
        """Seconds of work per second, over so long a stretch after the warm-up."""
        threading.Event().wait(warm_s)
        before, began_s = self.work(), time.monotonic()
        threading.Event().wait(seconds)
        return (self.work() - before) / (time.monotonic() - began_s)

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "VIDEOBATCH_REDIS_URL": self.redis.url,
            "VIDEOBATCH_PREFIX": PREFIX,
            "VIDEOBATCH_MEMORY__LIMIT_MB": str(self.limit_bytes >> 20),
            "BENCH_REDIS_URL": self.redis.url,
            "BENCH_API_URL": self.api.url,
            **FAST,
            **more,
        }


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """The surroundings; ended after the block."""
    folder.mkdir(exist_ok=True)
    ends = ExitStack()
    try:
        server = RedisServer(folder / "redis")
        ends.callback(server.stop)
        client = ends.enter_context(connect(server.url, name="bench"))
        api = ends.enter_context(ApiServer(folder / "api", latency_s=0.5, jitter=0.3))
        _, used_bytes = memory_bytes(Cgroup())
        limit_bytes = int((used_bytes + ROOM_BYTES) / 0.9)
        yield Bench(server, api, client, limit_bytes, used_bytes)
    finally:
        with undisturbed():
            ends.close()


class Ours:
    """The product's worker; its controller is started and stopped as it is wanted."""

    def __init__(self, made: Bench, folder: Path, ends: ExitStack, *, niceness: int = 0) -> None:
        self.bench = made
        self._folder = folder
        self._ledger = Ledger(Store(made.client, PREFIX))
        self._samples = SampleStore(Store(made.client, PREFIX))
        self._app = Celery("asks", set_as_current=False)
        self._app.conf.update(celery_settings(AppOptions(made.redis.url, PREFIX)))
        self._controller: Process | None = None
        self._batch = 0
        options = ["--without-mingle", "--without-gossip", "--loglevel", "INFO", "-n", NODE]
        argv = ["-m", "celery", "-A", "benchmarks.live.app", "worker", *options]
        self.worker = ends.enter_context(
            Process(
                ["nice", "-n", str(niceness), sys.executable, *argv],
                folder / "worker.log",
                made.environment(),
            )
        )
        ends.callback(self.let_go)
        self.worker.wait_for_line("ready.", START_S)

    def begin(self, segment: Segment) -> None:
        """The load, and a batch whose videos are estimated as what they take."""
        if self._batch:
            # What waits is estimated as the load before.
            self._ledger.steer(f"b{self._batch}", "pause")
        self.bench.begin(segment)
        self._batch += 1
        batch = f"b{self._batch}"
        self._ledger.open_batch(
            batch, name=batch, out_uri="file:///o", root_uri="file:///", provider="offline"
        )
        job = VideoJob("v", "file:///v", "file:///", "file:///o/v", "summary_report", "f")
        need = (segment.load.memory_mb + 20) << 20
        videos = [NewVideo(f"v{n}", job, need_bytes=need) for n in range(VIDEOS)]
        self._ledger.add_videos(batch, videos)
        self._ledger.feed()

    def control(self, policy: str, **more: str) -> Process:
        """A controller with this policy from here on."""
        self.let_go()
        environment = self.bench.environment(VIDEOBATCH_CONCURRENCY__POLICY=policy, **more)
        self._controller = Process.python(
            ["-m", "controllers"], self._folder / "controller.log", environment
        )
        self._controller.wait_for_line("leading", START_S)
        return self._controller

    def let_go(self) -> None:
        """Ends the controller; the slots stay."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def fix(self, slots: int) -> None:
        """So many slots, and no controller. The sweep goes on in the worker."""
        self.let_go()
        self._app.control.broadcast("set_slots", arguments={"slots": slots}, reply=True, timeout=3)
        self._ledger.set_window(slots)
        self._ledger.feed()

    def look(self) -> tuple[int, int]:
        """Slots wanted, and videos that run."""
        reading = self._samples.alive().get(NODE)
        return (reading.sample.slots, reading.sample.running) if reading else (0, 0)


class Plain:
    """Celery's own worker with its own autoscaler."""

    def __init__(self, made: Bench, folder: Path, ends: ExitStack) -> None:
        self.bench = made
        argv = ["-m", "celery", "-A", "benchmarks.live.plain_app", "worker", "--autoscale=8,2"]
        argv += ["--loglevel", "INFO", "--without-mingle", "--without-gossip"]
        self.worker = ends.enter_context(
            Process.python(argv, folder / "plain.log", made.environment())
        )
        self.worker.wait_for_line("ready.", START_S)
        fill = [sys.executable, "-c", "from benchmarks.live.plain_app import fill; fill()"]
        filling = ends.enter_context(Process(fill, folder / "fill.log", made.environment()))
        filling.wait_for(lambda: not filling.is_alive(), START_S, "the queue is filled")

    def begin(self, segment: Segment) -> None:
        self.bench.begin(segment)

    def look(self) -> tuple[int, int]:
        """Its processes, twice."""
        children = len(self.worker.children())
        return children, children


def timeline(
    crew: Ours | Plain, segments: Sequence[Segment], each_s: float
) -> tuple[list[Look], Mapping[str, float]]:
    """All segments one after the other: what was seen each half second, and the work per second of
    each segment."""
    made = crew.bench
    began_s, started = time.monotonic(), made.work()
    looks: list[Look] = []
    rates: dict[str, float] = {}
    psutil.cpu_percent()
    for number, segment in enumerate(segments):
        crew.begin(segment)
        before = made.work()
        until_s = began_s + (number + 1) * each_s
        while (now_s := time.monotonic()) < until_s:
            wanted, real = crew.look()
            _, used_bytes = memory_bytes(Cgroup())
            room = made.limit_bytes - made.base_bytes
            looks.append(
                Look(
                    now_s - began_s,
                    wanted,
                    real,
                    psutil.cpu_percent() / 100,
                    (used_bytes - made.base_bytes) / room,
                    made.work() - started,
                )
            )
            threading.Event().wait(min(LOOK_EVERY_S, max(0.0, until_s - time.monotonic())))
        rates[segment.name] = (made.work() - before) / each_s
    return looks, rates
