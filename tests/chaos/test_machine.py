"""What befalls a whole machine: it sleeps, it is switched off, its clock jumps."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli.stack.home import open_home
from cli.stack.processes import stack_processes
from cli.stack.programs import WORKER_MODULE
from tests.chaos import figures
from tests.chaos.fleet import WORKERS, Fleet, fleet_on
from tests.chaos.schedule import Size
from tests.support.cli import Cli, stack
from tests.support.outputs import assert_whole, batch_folder, report_of
from tests.support.pipeline import job_of
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.paths import to_uri
from videobatch.records import VideoState
from videobatch.state.ledger import LEASE_S, NewVideo
from videobatch.state.views import VideoView

pytestmark = pytest.mark.real

BATCH = "b"
SOON_S = 300.0
END_S = 600.0
ASLEEP_S = LEASE_S + 5.0
JUMP_S = 3600
# Taken up by Python at its start: `time.time` goes on an hour later once the file is there.
JUMPING_CLOCK = f"""
import os, time
_time = time.time
time.time = lambda: _time() + ({JUMP_S} if os.path.exists(os.environ["TEST_JUMPS"]) else 0)
"""


class Batch:
    """The footage, submitted to a fleet."""

    def __init__(self, fleet: Fleet, footage: Path, out: Path) -> None:
        self._fleet = fleet
        fleet.ledger.open_batch(
            BATCH, name=BATCH, out_uri=to_uri(out), root_uri=to_uri(footage), provider="offline"
        )
        videos = [
            NewVideo(path.stem, job_of(path, out))
            for path in sorted(footage.iterdir())
            if path.suffix != ".srt"
        ]
        fleet.ledger.add_videos(BATCH, videos)
        fleet.ledger.feed()

    def wait_until_busy(self) -> None:
        """Both workers are at work."""

        def is_busy() -> bool:
            return {each.worker for each in self._fleet.running()} == set(WORKERS)

        wait_for(is_busy, SOON_S, "both workers work", self._fleet.tails)

    def ended(self) -> list[VideoView]:
        """All videos, once none is open."""

        def is_over() -> bool:
            batch = self._fleet.views.batch(BATCH)
            return batch is not None and batch.open_videos == 0

        wait_for(is_over, END_S, "all is done", self._fleet.tails)
        return list(self._fleet.views.all_videos(BATCH))


def assert_done_at_the_first_try(videos: list[VideoView]) -> None:
    assert videos
    for video in videos:
        assert video.state is VideoState.DONE, video
        assert (video.attempts, video.deaths, video.death) == (1, 0, None), video


def test_a_machine_that_slept_goes_on_where_it_was(
    fleet: Fleet, footage: Path, tmp_path: Path
) -> None:
    batch = Batch(fleet, footage, tmp_path / "out")
    batch.wait_until_busy()
    asleep = [pid for each in fleet.supervised() for pid in each.family()]
    fleet.server.pause()
    for pid in asleep:
        os.kill(pid, signal.SIGSTOP)
    threading.Event().wait(ASLEEP_S)
    # Redis is the last to wake: everybody else finds it silent at first.
    for pid in asleep:
        os.kill(pid, signal.SIGCONT)
    threading.Event().wait(0.5)
    fleet.server.resume()
    assert_done_at_the_first_try(batch.ended())
    for each in fleet.supervised():
        assert each.process.is_alive(), each.process.tail()


@pytest.fixture
def jump(tmp_path: Path) -> Path:
    """Once this file exists, the clock of the first worker is an hour ahead."""
    return tmp_path / "jump"


@pytest.fixture
def uneven_fleet(own_redis: RedisServer, tmp_path: Path, jump: Path) -> Iterator[Fleet]:
    folder = tmp_path / "clock"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(JUMPING_CLOCK)
    env = {"PYTHONPATH": str(folder), "TEST_JUMPS": str(jump)}
    with fleet_on(own_redis, tmp_path, {WORKERS[0]: env}) as made:
        yield made


def test_a_clock_that_jumps_by_an_hour_changes_nothing(
    uneven_fleet: Fleet, footage: Path, tmp_path: Path, jump: Path
) -> None:
    fleet = uneven_fleet
    batch = Batch(fleet, footage, tmp_path / "out")
    batch.wait_until_busy()
    jump.touch()

    def skew_s() -> float:
        return fleet.sampled_at_s(WORKERS[0]) - fleet.sampled_at_s(WORKERS[1])

    wait_for(lambda: skew_s() > JUMP_S / 2, SOON_S, "the clocks differ", fleet.tails)
    batch.wait_until_busy()
    assert_done_at_the_first_try(batch.ended())


def counts(cli: Cli, batch_id: str) -> tuple[int, int]:
    """How many videos of the batch are done, and at work."""
    with cli.views() as views:
        batch = views.batch(batch_id)
    assert batch is not None
    return batch.counts.get(VideoState.DONE, 0), batch.counts.get(VideoState.RUNNING, 0)


def supervisor_of(home: Path) -> psutil.Process:
    (found,) = [
        process
        for process in stack_processes(open_home(home))
        if "supervisor.supervisord" in process.cmdline()
    ]
    return found


def worker_of(home: Path) -> psutil.Process:
    """The main process of the stack's worker."""
    mine = [each for each in stack_processes(open_home(home)) if WORKER_MODULE in each.cmdline()]
    pids = {each.pid for each in mine}
    (found,) = [each for each in mine if each.ppid() not in pids]
    return found


def lose_supervisor(cli: Cli, home: Path, batch_id: str) -> None:
    """It stands still while a worker is killed, goes on, and is killed while work goes on."""
    wait_for(lambda: counts(cli, batch_id)[1] > 0, SOON_S, "one at work")
    supervisor = supervisor_of(home)
    supervisor.suspend()
    worker_of(home).kill()
    done = counts(cli, batch_id)[0]
    supervisor.resume()
    wait_for(lambda: counts(cli, batch_id)[0] > done, END_S, "another worker made one")
    supervisor.kill()
    wait_for(lambda: not supervisor.is_running(), SOON_S, "the supervisor is gone")


def test_supervisors_that_stand_still_or_are_killed_cost_nothing(
    footage: Path, tmp_path: Path, size: Size
) -> None:
    out, home = tmp_path / "out", tmp_path / "home"
    batches: list[str] = []
    with stack(home) as cli:
        for kill in range(size.supervisor_kills):
            folder = out / str(kill)
            submitted = cli("submit", footage, "--out", folder, "--detach", "--json")
            assert submitted.exit_code == 0, submitted.said
            batches.append(submitted.json["batch"])
            lose_supervisor(cli, home, batches[-1])
            started = cli("up", "--json")
            assert started.exit_code == 0, started.said
        for batch_id in batches:
            watched = cli("watch", batch_id, timeout_s=END_S)
            assert watched.exit_code == 0, watched.said
        with cli.views() as views:
            videos = [video for batch_id in batches for video in views.all_videos(batch_id)]
    assert {(video.state, video.deaths) for video in videos} == {(VideoState.DONE, 0)}
    for kill in range(size.supervisor_kills):
        folder = batch_folder(out / str(kill))
        report = report_of(folder)
        assert {each["state"] for each in report.values()} == {"done"}
        assert len(report) == len(videos) // size.supervisor_kills
        for name in report:
            assert_whole(folder / name)
    figures.note("supervisors stopped and killed; videos done", f"{len(batches)}; {len(videos)}")


def test_after_a_power_cut_up_goes_on_with_what_was_open(footage: Path, tmp_path: Path) -> None:
    out, home = tmp_path / "out", tmp_path / "home"
    with stack(home) as cli:
        submitted = cli("submit", footage, "--out", out, "--detach", "--json")
        assert submitted.exit_code == 0, submitted.said
        batch_id = submitted.json["batch"]
        wait_for(lambda: min(counts(cli, batch_id)) > 0, SOON_S, "one done, one at work")
        done_before = counts(cli, batch_id)[0]
        for process in stack_processes(open_home(home)):
            process.kill()
        wait_for(lambda: not stack_processes(open_home(home)), SOON_S, "everything is gone")
        started = cli("up", "--json")
        assert started.exit_code == 0, started.said
        watched = cli("watch", batch_id, timeout_s=END_S)
        assert watched.exit_code == 0, watched.said
        with cli.views() as views:
            videos = list(views.all_videos(batch_id))
    assert {video.state for video in videos} == {VideoState.DONE}
    assert {video.deaths for video in videos} == {0}
    for video in videos:
        assert_whole(batch_folder(out) / video.name)
    figures.note("power cut: done before it, of", f"{done_before}, {len(videos)}")
