"""A video whose worker, child or Redis goes in the middle of recognition is finished all the same.

What was recognised before is not recognised again: the test changes the stored words of the first
segment, and finds them in the document.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fleet import BATCH, PREFIX, Fleet, fleet_on
from tests.support.keys import KEYS
from tests.support.media import Recipe, Sound, make_media
from tests.support.outputs import assert_whole, report_of
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.records import Held, VideoState
from videobatch.state.alerts import Alerts
from videobatch.state.store import Store

pytestmark = pytest.mark.real

SOON_S = 300.0
MARK = "stored before the end"
# Two segments; each takes the recogniser more than a second.
TALK = Recipe(seconds=24.0, scenes=None, sound=Sound(voiced=((0.2, 11.0), (13.2, 23.8))))


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(tmp_path_factory.mktemp("in") / "talk.wav", TALK)


@pytest.fixture
def fleet(own_redis: RedisServer, tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on(own_redis, tmp_path) as made:
        made.start_controller()
        yield made


def submit(fleet: Fleet, talk: Path) -> None:
    """Returns when the first of two segments is stored, and the second is being recognised."""
    fleet.submit(talk)

    def first() -> list[str]:
        return [name for name in fleet.checkpoints("talk") if name.startswith("segment:0:")]

    wait_for(first, SOON_S, "the first segment is stored", fleet.logs)
    assert fleet.state("talk") is VideoState.RUNNING
    said = {"utterances": [{"start_s": 0.5, "end_s": 9.0, "text": MARK, "confidence": None}]}
    fleet.client.hset(KEYS.checkpoints(BATCH, "talk"), first()[0], json.dumps(said))


def wait_until_done(fleet: Fleet, timeout_s: float = SOON_S) -> None:
    wait_for(lambda: fleet.state("talk") is VideoState.DONE, timeout_s, "done", fleet.logs)
    assert_whole(fleet.out / "talk.wav")
    wait_for((fleet.out / "report.json").exists, SOON_S, "the report", fleet.logs)
    assert report_of(fleet.out)["talk.wav"]["state"] == "done"


def resumed(fleet: Fleet) -> bool:
    """True if the words of the first segment are those that were stored."""
    transcript = json.loads((fleet.out / "talk.wav" / "transcript.json").read_text())
    return bool(transcript["utterances"][0]["text"] == MARK)


def counts(fleet: Fleet) -> tuple[int, int]:
    """Attempts and deaths."""
    return fleet.video("talk").attempts, fleet.video("talk").deaths


def holder(fleet: Fleet) -> Held:
    """Who works on it."""
    (key,) = fleet.client.scan_iter(KEYS.held("*"))
    (held,) = fleet.ledger.held(key.removeprefix(KEYS.held("")))
    return held


def test_a_child_that_is_killed(fleet: Fleet, talk: Path) -> None:
    worker = fleet.start_worker()
    submit(fleet, talk)
    os.kill(holder(fleet).pid, signal.SIGKILL)
    wait_for(lambda: counts(fleet) == (2, 1), SOON_S, "taken again", fleet.logs)
    wait_until_done(fleet)
    assert counts(fleet) == (2, 1)
    assert resumed(fleet)
    assert worker.is_alive()


def test_a_worker_that_is_killed(fleet: Fleet, talk: Path) -> None:
    worker = fleet.start_worker()
    submit(fleet, talk)
    child = Path(f"/proc/{holder(fleet).pid}/exe")
    worker.kill()
    wait_for(lambda: not child.exists(), SOON_S, "its children end with it", fleet.logs)
    fleet.start_worker()  # as a supervisor does, under the same name
    wait_until_done(fleet)
    assert counts(fleet) == (2, 0)
    assert resumed(fleet)


def test_a_worker_that_is_asked_to_stop(fleet: Fleet, talk: Path) -> None:
    # A segment is a second's work; on a busy machine it may be many.
    grace = {"VIDEOBATCH_WORKER__GRACE_S": str(SOON_S)}
    workers = {name: fleet.start_worker(name, **grace) for name in ("w1@here", "w2@here")}
    submit(fleet, talk)
    stopped = workers.pop(str(fleet.video("talk").worker))
    stopped.signal(signal.SIGTERM)
    (other,) = workers
    wait_for(lambda: fleet.video("talk").worker == other, SOON_S, "taken over", fleet.logs)
    stopped.wait_for(lambda: not stopped.is_alive(), SOON_S, "the worker ends")
    assert stopped.returncode == 0, stopped.tail()
    # By its own account it was over within the grace: the child gave the video back, was not
    # ended for it, and nobody waited for the end of its lease.
    given_back = [line for line in stopped.log().splitlines() if "given back" in line]
    assert len(given_back) == 1, stopped.tail()
    assert "given back: the worker is stopping; now pending" in given_back[0]
    assert "the grace is over" not in stopped.log()
    wait_until_done(fleet)
    assert counts(fleet) == (1, 0), "a stop spends no attempt"
    assert resumed(fleet)


def test_redis_that_is_restarted(fleet: Fleet, talk: Path) -> None:
    fleet.start_worker()
    submit(fleet, talk)
    fleet.server.restart()
    wait_until_done(fleet)
    assert counts(fleet) == (1, 0), "it was not taken again"
    assert "Traceback" not in fleet.logs()


def test_redis_that_goes_back_to_when_the_video_was_being_made(
    fleet: Fleet, talk: Path, tmp_path: Path
) -> None:
    worker = fleet.start_worker()
    submit(fleet, talk)
    fleet.server.snapshot(tmp_path / "snapshot")
    wait_until_done(fleet)
    manifest = (fleet.out / "talk.wav" / "manifest.json").read_bytes()
    fleet.server.roll_back(tmp_path / "snapshot")
    assert fleet.state("talk") is VideoState.RUNNING
    # Its child has nothing to do and lives: the lease alone would never end.
    wait_until_done(fleet)
    assert (fleet.out / "talk.wav" / "manifest.json").read_bytes() == manifest
    assert counts(fleet) == (1, 0)
    assert worker.log().count("nobody works on it; given back") == 1
    assert "it is not made again" in worker.log()
    assert "redis_went_back" in {
        alert.code for alert in Alerts(Store(fleet.client, PREFIX)).recent(60)
    }


def test_redis_that_goes_back_to_before_the_video_was_taken(
    fleet: Fleet, talk: Path, tmp_path: Path
) -> None:
    fleet.submit(talk)
    fleet.server.snapshot(tmp_path / "snapshot")
    worker = fleet.start_worker()
    submit(fleet, talk)
    fleet.server.roll_back(tmp_path / "snapshot")
    wait_until_done(fleet)
    assert "is given up" in worker.log()
    assert counts(fleet) == (1, 0)
    assert not resumed(fleet), "the ledger has lost it, and the copy has what was heard"
    assert worker.log().count("segment 0 recognised") == 1
