from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest

from celery_app.worker import lease as lease_module
from celery_app.worker.lease import IDLE_AFTER_S, RENEW_EVERY_S, LeaseRound
from videobatch.errors import LedgerError
from videobatch.records import Death, Held

WORKER = "w1"


class Keeper:
    """A ledger of leases in memory; `is_away` makes every call fail."""

    def __init__(self) -> None:
        self.videos: list[Held] = []
        self.is_away = False
        self.renewed: list[list[str]] = []
        self.released: list[str] = []
        self.causes: list[str] = []
        self.handed_back: list[str] = []
        self.sweeps = 0
        self.pings = 0
        self.foreign: set[str] = set()

    def claim(self, video_id: str, pid: int, token: str = "1") -> None:
        self.videos.append(Held("b", video_id, token, pid))

    def _check(self) -> None:
        if self.is_away:
            raise LedgerError("away")

    def held(self, worker: str) -> list[Held]:
        self._check()
        assert worker == WORKER
        return list(self.videos)

    def renew(self, worker: str, held: Sequence[Held]) -> list[str]:
        self._check()
        assert worker == WORKER
        self.renewed.append([each.video_id for each in held])
        return [each.video_id for each in held if each.video_id in self.foreign]

    def release_dead(self, held: Held, death: Death) -> str:
        self._check()
        self.released.append(held.video_id)
        self.causes.append(death.how)
        self.videos.remove(held)
        return "pending"

    def ping(self) -> None:
        self._check()
        self.pings += 1

    def hand_back(self, held: Held) -> str:
        self._check()
        self.handed_back.append(held.video_id)
        self.videos.remove(held)
        return "pending"

    def sweep(self) -> object:
        self._check()
        self.sweeps += 1
        return None


class World:
    """One worker's children and clock."""

    def __init__(self) -> None:
        self.keeper = Keeper()
        self.now_s = 100.0
        self.joined = {11, 12}
        self.dead: set[int] = set()
        self.overdue: set[int] = set()
        self.orders: dict[int, int] = {}
        self.deaths = 0
        self.round = LeaseRound(self.keeper, self.keeper.sweep, WORKER, self, lambda: self.now_s)

    def pids(self) -> frozenset[int]:
        return frozenset(self.joined)

    def is_alive(self, pid: int) -> bool:
        return pid in self.joined and pid not in self.dead

    def end_overdue(self) -> None:
        self.dead |= self.overdue

    def death(self, pid: int) -> Death:
        return Death(f"the end of {pid}", suspect=False)

    def gone(self) -> None:
        self.deaths += 1

    def token_order(self, pid: int) -> int | None:
        return self.orders.get(pid)

    def tick(self, after_s: float = 0.1) -> None:
        self.now_s += after_s
        self.round.tick()


@pytest.fixture
def world() -> World:
    made = World()
    made.tick()
    return made


def test_renews_what_lives_once_a_period_and_sweeps(world: World) -> None:
    world.keeper.claim("v1", 11)
    for _ in range(20):
        world.tick(0.05)
    assert world.keeper.renewed == []
    world.tick(RENEW_EVERY_S)
    assert world.keeper.renewed == [["v1"]]
    assert world.keeper.sweeps == 2
    assert world.keeper.released == []


def test_a_death_is_released_at_the_next_look(world: World) -> None:
    world.keeper.claim("v1", 11)
    world.keeper.claim("v2", 12)
    world.tick()
    world.dead.add(11)
    world.tick()
    assert world.keeper.released == ["v1"]
    assert world.keeper.causes == ["the end of 11"]
    assert world.keeper.renewed == [["v2"]]
    world.tick()
    assert world.deaths == 1


def test_a_child_that_joined_and_died_between_two_looks_counts_as_dead(world: World) -> None:
    world.joined.add(13)
    world.dead.add(13)
    world.keeper.claim("v1", 13)
    world.tick()
    assert world.keeper.released == ["v1"]
    world.tick()
    assert world.deaths == 1
    assert world.keeper.sweeps == 2


def test_a_child_replaced_in_its_row_counts_as_dead(world: World) -> None:
    world.keeper.claim("v1", 11)
    world.joined = {12, 13}
    world.tick()
    assert world.keeper.released == ["v1"]


def test_a_claim_that_arrived_after_the_death_is_released_by_the_renewal(world: World) -> None:
    world.dead.add(11)
    world.tick()
    world.keeper.claim("v1", 11)
    world.tick()
    assert world.keeper.released == []
    world.tick(RENEW_EVERY_S)
    assert world.keeper.released == ["v1"]


def test_a_lost_worker_signal_does_not_wait_for_the_period(world: World) -> None:
    world.dead.add(11)
    world.tick()
    world.keeper.claim("v1", 11)
    world.round.look_again()
    world.tick()
    assert world.keeper.released == ["v1"]


def test_a_death_during_an_outage_is_released_after_it(world: World) -> None:
    world.keeper.claim("v1", 11)
    world.keeper.is_away = True
    world.dead.add(11)
    with pytest.raises(LedgerError):
        world.tick()
    world.keeper.is_away = False
    world.tick()
    assert world.keeper.released == ["v1"]


def test_a_child_that_died_before_the_first_look_is_no_earlier_life() -> None:
    world = World()
    world.keeper.claim("v1", 11)
    world.dead.add(11)
    world.tick()
    assert world.keeper.released == ["v1"]


def test_children_ended_by_a_stop_are_no_deaths(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.keeper.claim("v1", 11)
    monkeypatch.setattr(lease_module, "is_stopping", lambda: True)
    world.dead.add(11)
    world.tick()
    assert world.keeper.released == []
    assert world.keeper.handed_back == ["v1"]
    assert world.deaths == 0


def test_a_refused_renewal_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.keeper.claim("v1", 11)
    world.keeper.foreign.add("v1")
    with caplog.at_level(logging.INFO):
        world.tick(RENEW_EVERY_S)
    assert "v1: not held here any more" in caplog.text


def test_what_a_child_holds_and_does_not_work_on_is_given_back(world: World) -> None:
    """So it is after a Redis that went back in time."""
    world.keeper.claim("mine", 11, token="7-0123abcd")
    world.keeper.claim("ended", 12, token="5-0123abcd")
    world.keeper.claim("unknown", 13, token="6-0123abcd")
    world.joined.add(13)
    world.orders = {11: 7, 12: 0}
    world.tick(RENEW_EVERY_S)
    assert world.keeper.renewed == [["mine", "ended", "unknown"]]
    world.tick(IDLE_AFTER_S)
    assert world.keeper.handed_back == ["ended"]
    assert world.keeper.renewed[-1] == ["mine", "unknown"]
    assert world.keeper.released == []


def test_a_claim_whose_child_says_so_a_little_later_is_no_idle_one(world: World) -> None:
    world.keeper.claim("v1", 11, token="7-0123abcd")
    world.orders = {11: 0}
    world.tick(RENEW_EVERY_S)
    world.orders = {11: 7}
    world.tick(IDLE_AFTER_S)
    world.orders = {11: 0}
    world.tick(RENEW_EVERY_S)
    assert world.keeper.handed_back == []


def test_the_connection_is_shown_between_two_renewals(world: World) -> None:
    for _ in range(15):
        world.tick(0.1)
    assert world.keeper.sweeps == 1
    assert world.keeper.pings >= 3


def test_a_child_over_its_time_limit_is_ended_and_released_in_one_look(world: World) -> None:
    world.keeper.claim("v1", 11)
    world.overdue.add(11)
    world.tick()
    assert world.keeper.released == ["v1"]
