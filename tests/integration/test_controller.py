"""The controller as a process: it leads, puts leases right, outlives Redis, and ends when asked."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fleet import Fleet, fleet_on
from tests.support.keys import KEYS
from tests.support.media import Recipe, make_media
from tests.support.processes import Process
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.records import VideoState

pytestmark = [pytest.mark.real, pytest.mark.runs("controllers.__main__")]

SOON_S = 300.0


@pytest.fixture
def fleet(own_redis: RedisServer, tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on(own_redis, tmp_path) as made:
        yield made


def publishes(fleet: Fleet) -> bool:
    """True if the ledger knows what to publish for a video."""
    return bool(fleet.client.hexists(KEYS.publishing, "message"))


def end(controller: Process, number: int) -> None:
    """Sends the signal, and waits until it has ended by itself."""
    controller.signal(number)
    controller.wait_for(lambda: not controller.is_alive(), SOON_S, "it ends")


def test_it_leads_sweeps_and_outlives_a_restart_of_redis(fleet: Fleet, tmp_path: Path) -> None:
    controller = fleet.start_controller()
    controller.wait_for_line("leading", SOON_S)
    controller.wait_for(lambda: publishes(fleet), SOON_S, "it says what to publish")

    fleet.submit(make_media(tmp_path / "a.wav", Recipe(scenes=None)))
    claim = fleet.ledger.claim("b", "a", worker="w1", host="h", pid=1)
    assert claim is not None
    assert fleet.state("a") is VideoState.RUNNING
    fleet.client.zadd(KEYS.leases, {"b/a": 1})
    wait_for(lambda: fleet.state("a") is VideoState.PENDING, SOON_S, "pending again", fleet.logs)
    controller.wait_for_line("1 leases ended", SOON_S)

    fleet.server.stop()
    controller.wait_for_line("Redis is away", SOON_S)
    fleet.server.start()
    controller.wait_for_line("Redis is back", SOON_S)
    fleet.server.flush()
    controller.wait_for(lambda: publishes(fleet), SOON_S, "it says again what to publish")
    assert controller.log().count("Redis is away") == 1
    assert "Traceback" not in controller.log()
    end(controller, signal.SIGTERM)
    assert controller.returncode == 0, controller.tail()


def test_a_standby_takes_over_from_one_that_was_killed(fleet: Fleet) -> None:
    leader = fleet.start_controller("first")
    leader.wait_for_line("leading", SOON_S)
    standby = fleet.start_controller("second")
    assert "leading" not in standby.log()
    leader.kill()
    standby.wait_for_line("leading", SOON_S)
    end(standby, signal.SIGINT)
    assert standby.returncode == 0, standby.tail()


def test_without_redis_it_says_what_to_set(fleet: Fleet, tmp_path: Path) -> None:
    variables = fleet.variables(VIDEOBATCH_REDIS_URL="")
    with Process.python(["-m", "controllers"], tmp_path / "none.log", variables) as controller:
        controller.wait_for(lambda: not controller.is_alive(), SOON_S, "it ends")
    assert controller.returncode == 2
    assert "VIDEOBATCH_REDIS_URL is not set" in controller.log()
    assert "Traceback" not in controller.log()
