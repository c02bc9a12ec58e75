"""How soon a video runs again after a kill, and work goes on after an outage of Redis."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos import figures
from tests.chaos.fleet import SLOTS, WORKERS, Fleet, Running
from tests.chaos.footage import make_speech
from tests.chaos.schedule import Size
from tests.support.keys import KEYS
from tests.support.pipeline import job_of
from tests.support.waiting import wait_for
from videobatch.paths import to_uri
from videobatch.records import token_order
from videobatch.state.ledger import NewVideo
from videobatch.state.presence import SETTLED_S

pytestmark = pytest.mark.real

BATCH = "b"
SOON_S = 300.0
OUTAGE_S = 20.0
# The targets on a machine of its own. The summary tells how far they were met; they bind in the
# long form (`make chaos`), which has the machine to itself: so many times that passes.
CHILD_S, WORKER_S, CONSUMPTION_S = 1.0, 3.0, 2.0
ALLOWANCE = 5.0


class Bench:
    """Long videos that run all the time, so that there is always one to be hit."""

    def __init__(self, fleet: Fleet, folder: Path, size: Size) -> None:
        self.fleet = fleet
        self.rng = random.Random(size.seed)
        self._source = make_speech(folder / "long.wav", 1, segments=60)
        self._out = folder / "out"
        self._count = 0
        fleet.ledger.open_batch(
            BATCH,
            name=BATCH,
            out_uri=to_uri(self._out),
            root_uri=to_uri(folder),
            provider="offline",
        )

    def add(self, count: int) -> None:
        """So many more videos, all of one file."""
        videos = [
            NewVideo(f"v{n}", job_of(self._source, self._out, name=f"v{n}.wav"))
            for n in range(self._count, self._count + count)
        ]
        self._count += count
        self.fleet.ledger.add_videos(BATCH, videos)
        self.fleet.ledger.feed()

    def wait_until_settled(self, running: int) -> list[Running]:
        """Both workers are connected, and so many videos run."""

        def is_settled() -> bool:
            return len(self.fleet.running()) == running and all(
                self._consumes(name) for name in WORKERS
            )

        wait_for(is_settled, SOON_S, f"{running} run", self.fleet.tails)
        return self.fleet.running()

    def _consumes(self, name: str) -> bool:
        worker = self.fleet.workers[name].process
        return "ready." in worker.log() and len(worker.children()) == SLOTS

    def heal(self) -> None:
        """Forgets the deaths and losses so far: none shall be tried alone before the test ends."""
        for number in range(self._count):
            key = KEYS.video(BATCH, f"v{number}")
            self.fleet.client.hset(key, mapping={"deaths": 0, "losses": 0})
            self.fleet.client.hdel(key, "unproven")

    def runs_again_s(self, hit: list[Running], blow: Callable[[], object]) -> list[float]:
        """The time from the blow until each of the videos runs under a newer token."""
        before = {each.video_id: token_order(each.token) for each in hit}
        times_s: list[float] = []
        blow()
        started_s = time.monotonic()

        def all_run() -> bool:
            now = {r.video_id: token_order(r.token) for r in self.fleet.running()}
            back = [v for v, token in before.items() if now.get(v, 0) > token]
            for video_id in back:
                del before[video_id]
                times_s.append(time.monotonic() - started_s)
            return not before

        wait_for(all_run, SOON_S, "it runs again", self.fleet.tails)
        return times_s

    def kill_children(self, times: int, running: int) -> list[float]:
        """The times after so many kills, one after the other, with so many videos at work."""
        times_s: list[float] = []
        while len(times_s) < times:
            victim = self.rng.choice(self.wait_until_settled(running))
            times_s += self.runs_again_s([victim], lambda v=victim: self.fleet.kill_child(v))  # type: ignore[misc]
            self.heal()
        return times_s

    def kill_workers(self, times: int, running: int) -> list[float]:
        times_s: list[float] = []
        for _ in range(times):
            settled = self.wait_until_settled(running)
            name = self.rng.choice(settled).worker
            hit = [each for each in settled if each.worker == name]
            times_s += self.runs_again_s(hit, self.fleet.workers[name].kill)
            self.heal()
        return times_s


@pytest.fixture
def bench(fleet: Fleet, tmp_path: Path, size: Size) -> Bench:
    return Bench(fleet, tmp_path, size)


def test_a_killed_process_costs_moments(bench: Bench, size: Size) -> None:
    settled = len(WORKERS)
    bench.add(settled)
    # A presence counts for nothing while Redis has just begun.
    wait_for(lambda: uptime_s(bench.fleet) > SETTLED_S + 1, SOON_S, "Redis has run for a while")
    child_s = bench.kill_children(size.timed_children, settled)
    worker_s = bench.kill_workers(size.timed_workers, settled)
    # None waits besides, or it could take the slot before the death is seen.
    bench.add(settled * SLOTS - settled)
    full_s = bench.kill_children(size.timed_children, settled * SLOTS)
    figures.note_times("runs again: pool child, a slot is free", child_s, CHILD_S)
    figures.note_times("runs again: pool child, all slots full", full_s, CHILD_S)
    figures.note_times("runs again: worker main, slots are free", worker_s, WORKER_S)
    if size.is_long:
        assert max(child_s + full_s) <= CHILD_S * ALLOWANCE
        assert max(worker_s) <= WORKER_S * ALLOWANCE


def uptime_s(fleet: Fleet) -> float:
    return float(fleet.client.info("server")["uptime_in_seconds"])


def test_all_slots_are_filled_soon_after_an_outage(
    fleet: Fleet, tmp_path: Path, footage: Path, size: Size
) -> None:
    slots = len(WORKERS) * SLOTS
    source = footage / "film-4.mp4"
    fleet.ledger.open_batch(
        BATCH, name=BATCH, out_uri=to_uri(tmp_path), root_uri=to_uri(tmp_path), provider="offline"
    )
    videos = [
        NewVideo(f"v{n}", job_of(source, tmp_path / "out", name=f"v{n}.mp4"))
        for n in range(3 * slots)
    ]
    fleet.ledger.add_videos(BATCH, videos)
    fleet.ledger.feed()

    def heard() -> int:
        stages = [fleet.field(BATCH, each.video_id, "stage") for each in fleet.running()]
        return stages.count(["transcribe"])

    # What they still have to do takes less than the outage; then they wait to say so.
    wait_for(lambda: heard() == slots, SOON_S, "all slots recognise speech", fleet.tails)
    before = {each.video_id for each in fleet.running()}
    fleet.server.kill()
    threading.Event().wait(OUTAGE_S)
    fleet.server.start()

    def new() -> int:
        return len({each.video_id for each in fleet.running()} - before)

    first_s = wait_for(new, SOON_S, "a video is taken", fleet.tails)
    all_s = first_s + wait_for(lambda: new() == slots, SOON_S, "all slots are full", fleet.tails)
    for video in fleet.views.videos(BATCH, sorted(before)):
        assert (video.attempts, video.deaths) == (1, 0), video
    figures.note("first new video after 20 s without Redis", f"{first_s:.2f} s")
    figures.note("all slots hold new ones", f"{all_s:.2f} s (target {CONSUMPTION_S:g} s)")
    if size.is_long:
        assert all_s <= CONSUMPTION_S * ALLOWANCE
