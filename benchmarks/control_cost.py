"""The controller's own cost, what a large fleet adds to it, and what is left for a person.

    python -m benchmarks.control_cost [--json] [--quick]

The large fleet is simulated: samples of workers that do not exist, on a real Redis. The rest is
real.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import psutil
from prometheus_client import generate_latest
from redis import Redis

from benchmarks.figures import Figure, quantile
from benchmarks.live.crews import SEGMENTS, Ours, bench
from benchmarks.suite import Effort, alone
from controllers.composition import duties
from controllers.control.actuation import Actuator
from controllers.duties.assigning import Assigning
from controllers.duties.leading import Leading
from controllers.fleet.sampling import Sampling
from controllers.loop import Controller
from controllers.metrics import FleetCollector, Rounds
from controllers.policy.records import Options
from tests.support.processes import Process
from tests.support.servers import RedisServer
from videobatch.records import Counted, HostReading, Phase, Sample
from videobatch.state.connection import connect
from videobatch.state.control import ControlStore
from videobatch.state.ledger import Ledger
from videobatch.state.samples import SampleStore
from videobatch.state.store import Store
from videobatch.state.views import Views

PREFIX = "videobatch"
FEW, MANY = 4, 200
CPU_TARGET = 0.8
# By so much the same number's CPU differs from one look to the next.
NOISE = 0.02
START_S = 30.0
FIXED = (1, 2, 3, 4)


class NoRemote:
    """Takes what would be sent; those who would get it do not exist."""

    def broadcast(self, command: str, arguments: Mapping[str, object]) -> None:
        json.dumps([command, arguments])


def sample(number: int) -> str:
    """A sample as a worker gives it; five of them share a host."""
    made = Sample(
        at_s=time.time(),
        uptime_s=100.0,
        worker=f"w{number}",
        host_id=f"host-{number // 5}",
        pid=1,
        child_pids=(2, 3, 4),
        slots=4,
        real_slots=4,
        most_slots=32,
        running=4,
        phases={Phase.CPU: 2, Phase.API: 1 + number % 4, Phase.LIMITER: 0, Phase.IO: 0},
        counted=dict.fromkeys(Counted, 0)
        | {Counted.VIDEOS_DONE: 10, Counted.CALLS_SERVED: 40, Counted.CALLS_MS: 90_000},
        rss_bytes=1 << 30,
        pss_bytes=1 << 30,
        busy_bytes=1 << 30,
        host=HostReading(16.0, 0.7, 64 << 30, 20 << 30, 1e6, 1e6, 1e6, 1e6),
    )
    return made.to_json()


@contextmanager
def speaking(client: Any, workers: int) -> Iterator[None]:
    """So many workers give a sample a second, until the block ends."""
    store, over = SampleStore(Store(client, PREFIX)), threading.Event()

    def speak() -> None:
        while not over.is_set():
            for number in range(workers):
                store.append(f"w{number}", sample(number))
            over.wait(1.0)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def measure(effort: Effort) -> list[Figure]:
    """All of it."""
    return [
        *_large_fleet(effort),
        _own_cost(effort),
        *_with_target(effort),
    ]


def _large_fleet(effort: Effort) -> list[Figure]:
    server = RedisServer(effort.folder / "large")
    try:
        with connect(server.url, "large") as client, speaking(client, MANY):
            views, ledger = Views(Store(client, PREFIX)), Ledger(Store(client, PREFIX))
            store, actuator = ControlStore(Store(client, PREFIX)), Actuator(NoRemote())
            assigning = Assigning("little", Options(), Sampling(views), store, actuator)
            leading, samples = Leading("c", ledger, assigning), SampleStore(Store(client, PREFIX))
            controller = Controller(
                leading,
                duties(
                    leading,
                    ledger,
                    views,
                    samples,
                    publishing=("q", "m"),
                    assigning=assigning,
                ),
            )
            threading.Event().wait(2.0)
            took_ms = []
            for _ in range(effort.rounds(60, 5)):
                began_s = time.perf_counter()
                assert controller.round()
                took_ms.append((time.perf_counter() - began_s) * 1000)
                threading.Event().wait(0.2)
            assert len(assigning.decisions) == MANY // 5
            scrape_ms = _scrapes(client, effort)
    finally:
        server.stop()
    note = f"{MANY} simulated workers on {MANY // 5} hosts, {len(took_ms)} ticks"
    return [
        Figure("tick of a large fleet, p50", statistics.median(took_ms), "ms", None, note),
        Figure("tick of a large fleet, p95", quantile(took_ms, 0.95), "ms", 100, note),
        Figure("its metrics, one scrape, p95", quantile(scrape_ms, 0.95), "ms", None, note),
    ]


def _scrapes(client: Redis, effort: Effort) -> list[float]:
    """Times an answer to Prometheus, without the network."""
    rounds, took_ms = Rounds(), []
    rounds.registry.register(FleetCollector(Store(client, PREFIX), rounds, version="bench"))
    for _ in range(effort.rounds(20, 3)):
        began_s = time.perf_counter()
        text = generate_latest(rounds.registry)
        took_ms.append((time.perf_counter() - began_s) * 1000)
        assert b"videobatch_workers 200.0" in text
    return took_ms


def _own_cost(effort: Effort) -> Figure:
    server = RedisServer(effort.folder / "few")
    try:
        with connect(server.url, "few") as client, speaking(client, FEW):
            environment = {"VIDEOBATCH_REDIS_URL": server.url, "VIDEOBATCH_PREFIX": PREFIX}
            log = effort.folder / "cost.log"
            with Process.python(["-m", "controllers"], log, environment) as controller:
                controller.wait_for_line("leading", START_S)
                threading.Event().wait(3.0)
                process, span_s = psutil.Process(controller.pid), float(effort.rounds(60, 10))
                before = process.cpu_times()
                threading.Event().wait(span_s)
                after = process.cpu_times()
    finally:
        server.stop()
    spent_s = after.user - before.user + after.system - before.system
    note = f"a controller process with {FEW} workers, over {span_s:g} s"
    return Figure("controller, of a core", 100 * spent_s / span_s, "%", 2, note)


def _with_target(effort: Effort) -> list[Figure]:
    """The cpu load: a target of 0.8, and how a shell fares at 1.0; the worker at low priority."""
    look_s = float(effort.rounds(20, 5))
    idle_ms = _shell_ms(effort)
    with ExitStack() as ends:
        made = ends.enter_context(bench(effort.folder / "live"))
        ours = Ours(made, effort.folder, ends, niceness=10)
        # A controller leaves in Redis how work is told to the workers.
        ours.control("little")
        ours.begin(SEGMENTS[0])
        used = {slots: _cpu(ours, slots, look_s) for slots in FIXED}
        ours.fix(FIXED[-1])
        ours.control("little", VIDEOBATCH_CPU_TARGET=str(CPU_TARGET))
        threading.Event().wait(2 * look_s)
        chosen, _ = ours.look()
        ours.control("little")
        threading.Event().wait(look_s)
        busy_ms = _shell_ms(effort)
    told = ", ".join(f"{slots}: {cpu:.2f}" for slots, cpu in used.items())
    note = f"CPU by fixed number: {told}"
    about = f"`sh -c :`, {len(busy_ms)} times, CPU full, worker at nice 10"
    return [
        Figure("slots at a CPU target of 0.8", chosen, "", None, note),
        Figure("CPU at that number", used[chosen], "", CPU_TARGET + NOISE, note),
        Figure("CPU at one more", used[chosen + 1], "", CPU_TARGET, note, True),
        Figure("a shell on an idle machine, p50", statistics.median(idle_ms), "ms"),
        Figure("a shell beside a batch, p50", statistics.median(busy_ms), "ms", None, about),
        Figure("a shell beside a batch, p95", quantile(busy_ms, 0.95), "ms", None, about),
    ]


def _cpu(ours: Ours, slots: int, seconds: float) -> float:
    """The mean use of the processors with that number."""
    ours.fix(slots)
    threading.Event().wait(seconds / 2)
    psutil.cpu_percent()
    threading.Event().wait(seconds)
    return psutil.cpu_percent() / 100


def _shell_ms(effort: Effort) -> list[float]:
    """Times the start of a shell that does nothing."""
    took = []
    for _ in range(effort.rounds(100, 20)):
        began_s = time.perf_counter()
        subprocess.run(["/bin/sh", "-c", ":"], check=True)
        took.append((time.perf_counter() - began_s) * 1000)
        threading.Event().wait(0.05)
    return took


if __name__ == "__main__":
    alone("control_cost", measure, __doc__)
