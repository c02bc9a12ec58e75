"""A real controller tells real workers their slots, through Celery's remote control."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import pytest
from celery import Celery

from celery_app.celery_settings import AppOptions, celery_settings
from controllers.policy.records import Tick
from controllers.replay import replay
from tests.support.fleet import PREFIX, Fleet, fleet_on
from tests.support.media import Recipe, make_media
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.state.alerts import Alerts
from videobatch.state.control import ControlStore
from videobatch.state.samples import SampleStore
from videobatch.state.store import Store

pytestmark = pytest.mark.real

SOON_S = 300.0
FIXED = {"VIDEOBATCH_CONCURRENCY__POLICY": "fixed"}
WORKER = {**FIXED, "VIDEOBATCH_CONCURRENCY__MAX": "6", "VIDEOBATCH_CONCURRENCY__INITIAL": "1"}
GROWING = {**WORKER, "VIDEOBATCH_CONCURRENCY__POLICY": "little"}
NODE = "w1@here"


@pytest.fixture
def fleet(own_redis: RedisServer, tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on(own_redis, tmp_path) as made:
        yield made


def wants(number: int) -> dict[str, str]:
    """A controller that wants so many slots of the host, whatever is measured."""
    return {**FIXED, "VIDEOBATCH_CONCURRENCY__MAX": str(number)}


def remote(fleet: Fleet) -> Callable[..., dict[str, Any]]:
    """Asks the worker `w1@here` by Celery's remote control."""
    app = Celery("asks", set_as_current=False)
    app.conf.update(celery_settings(AppOptions(fleet.server.url, PREFIX)))

    def once(command: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
        replies = app.control.broadcast(
            command, arguments=arguments, destination=[NODE], reply=True, timeout=2.0, limit=1
        )
        return cast("list[dict[str, Any]]", replies)

    def ask(command: str, **arguments: Any) -> dict[str, Any]:
        found: list[dict[str, Any]] = []

        def is_answered() -> bool:
            # What is published before a new worker's subscription stands is not seen.
            found.extend(once(command, arguments))
            return bool(found)

        wait_for(is_answered, SOON_S, "an answer")
        return cast("dict[str, Any]", found[0][NODE])

    return ask


def test_slots_are_reached_asserted_and_kept(fleet: Fleet) -> None:
    worker = fleet.start_worker(**GROWING)
    ask = remote(fleet)
    assert ask("slots") == {"wanted": 1, "real": 1, "running": 0, "pool_size": 1, "most": 6}
    controller = fleet.start_controller(**wants(3))
    worker.wait_for(lambda: len(worker.children()) == 3, SOON_S, "three children")
    assert ask("slots")["wanted"] == 3

    # A person (or a button of Flower's) is obeyed until the controller's next word.
    assert ask("set_slots", slots=1)["ok"]["wanted"] == 1
    wait_for(lambda: ask("slots")["wanted"] == 3, SOON_S, "asserted again", fleet.logs)

    # One that starts anew is told anew.
    worker.kill()
    worker = fleet.start_worker(**GROWING)
    wait_for(lambda: ask("slots")["wanted"] == 3, SOON_S, "told again", fleet.logs)

    # Whoever led before is not obeyed; without a controller the slots stay.
    controller.kill()
    assert "has been followed" in ask("set_slots", slots=6, token=1)["error"]
    time.sleep(2.0)
    assert ask("slots")["wanted"] == 3
    assert "Traceback" not in worker.log()


def test_a_standby_takes_over_and_goes_on_from_the_state(fleet: Fleet) -> None:
    fleet.start_worker(**WORKER)
    first = fleet.start_controller("first", **wants(2))
    store = ControlStore(Store(fleet.client, PREFIX))
    wait_for(lambda: store.state() is not None, SOON_S, "a state is kept", fleet.logs)
    standby = fleet.start_controller("second", **wants(4))
    ask = remote(fleet)
    wait_for(lambda: ask("slots")["wanted"] == 2, SOON_S, "the first one's word", fleet.logs)
    first.kill()
    wait_for(lambda: ask("slots")["wanted"] == 4, SOON_S, "the second one's word", fleet.logs)

    def told() -> list[tuple[int, str]]:
        decided = [json.loads(text) for text in store.decisions(100)]
        # What is decided is said again where the worker was not heard of for a while.
        return [each for each, _ in groupby((each["slots"], each["binds"]) for each in decided)]

    # A round is recorded after its orders were given.
    both = [(2, "rule"), (4, "rule")]
    wait_for(lambda: told() == both, SOON_S, "both are recorded", fleet.logs)
    assert "Traceback" not in standby.log()


def test_the_slots_of_a_host_are_divided_among_its_workers(fleet: Fleet) -> None:
    for name in ("w1@here", "w2@here"):
        fleet.start_worker(name, **WORKER)
    fleet.start_controller(**wants(5))
    samples = SampleStore(Store(fleet.client, PREFIX))

    def wanted() -> dict[str, int]:
        return {worker: each.sample.slots for worker, each in samples.alive().items()}

    wait_for(lambda: wanted() == {"w1@here": 3, "w2@here": 2}, SOON_S, "divided", fleet.logs)


def test_what_was_recorded_is_decided_again_the_same(fleet: Fleet) -> None:
    fleet.start_worker(**GROWING)
    fleet.start_controller(VIDEOBATCH_CONCURRENCY__MAX="6")
    store = ControlStore(Store(fleet.client, PREFIX))
    wait_for(lambda: len(store.ticks()) >= 5, SOON_S, "five rounds", fleet.logs)
    rounds = list(replay(Tick.from_json(text) for text in store.ticks()))
    assert len(rounds) >= 5
    assert all(each.is_same for each in rounds)


def test_a_lost_leader_and_a_batch_without_workers_are_told_once(fleet: Fleet) -> None:
    alerts = Alerts(Store(fleet.client, PREFIX))
    impatient = {"VIDEOBATCH_ALERTS__IDLE_S": "1"}
    first = fleet.start_controller("first", **impatient)
    first.wait_for_line("leading", SOON_S)
    fleet.submit(make_media(fleet.folder / "a.wav", Recipe(scenes=None)))
    first.wait_for_line("no worker lives", SOON_S)
    standby = fleet.start_controller("second", **impatient)
    first.kill()
    standby.wait_for_line("another controller leads", SOON_S)
    time.sleep(3.0)
    codes = [alert.code for alert in alerts.recent(3600.0)]
    assert codes == ["no_worker", "leader_lost"]
    # One that ends in good order is not missed, and is followed at once.
    third = fleet.start_controller("third", **impatient)
    standby.stop()
    third.wait_for_line("leading", SOON_S)
    assert [alert.code for alert in alerts.recent(60.0)].count("leader_lost") == 1
    assert "Traceback" not in first.log() + standby.log() + third.log()
