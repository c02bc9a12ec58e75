"""A worker whose connection is gone loses its leases; one that is there keeps them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.support.keys import KEYS, PREFIX
from tests.support.servers import RedisServer
from tests.support.world import World
from videobatch.records import VideoJob, VideoState, token_order
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, upkeep
from videobatch.state.presence import LOOKS_APART_S, Sweeper, connection_name
from videobatch.state.store import Store

pytestmark = pytest.mark.real

JOB = VideoJob("v", "file:///v", "file:///", "file:///o", "summary_report", "f")


class Watched(World):
    """A ledger with one video that worker `w1` holds, and a clock to turn."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client, patience_s=1)
        self.now_s = 100.0
        self.own = self.sweeper()

    def sweep(self, after_s: float = 1.0) -> VideoState:
        self.now_s += after_s
        self.own.sweep()
        return self.state()

    def sweeper(self, *, look_every_s: float = 0.0, settled_s: float = 0.0) -> Sweeper:
        return Sweeper(
            Ledger(Store(self.client, PREFIX, patience_s=1)),
            look_every_s=look_every_s,
            settled_s=settled_s,
            now_s=lambda: self.now_s,
        )


@pytest.fixture
def world(redis_server: RedisServer) -> Iterator[Watched]:
    with connect(redis_server.url, "sweeper") as client:
        made = Watched(client)
        made.own.sweep()
        made.open()
        made.add("v")
        made.take(worker="w1", pid=11)
        yield made


def test_a_worker_that_is_gone_is_missed_at_the_second_look(world: Watched) -> None:
    assert world.sweep() is VideoState.RUNNING
    assert world.sweep(LOOKS_APART_S / 2) is VideoState.RUNNING
    assert world.sweep(LOOKS_APART_S) is VideoState.PENDING
    assert world.views.videos("b", ["v"])[0].deaths == 0


def test_a_worker_that_is_there_keeps_its_video(world: Watched, redis_server: RedisServer) -> None:
    with connect(redis_server.url, connection_name("w1")) as lease:
        lease.ping()
        for _ in range(5):
            assert world.sweep() is VideoState.RUNNING
        redis_server.cut_clients()
        assert world.sweep() is VideoState.RUNNING
        lease.ping()  # it is back before the second look
        assert world.sweep() is VideoState.RUNNING
        assert world.sweep() is VideoState.RUNNING


def test_a_worker_that_comes_back_regains_what_nobody_took(world: Watched) -> None:
    world.sweep()
    assert world.sweep() is VideoState.PENDING
    (held,) = world.ledger.held("w1")
    assert (held.batch_id, held.video_id, held.pid) == ("b", "v", 11)
    assert world.ledger.renew("w1", [held]) == []
    assert world.views.videos("b", ["v"])[0].state is VideoState.RUNNING


def test_a_worker_that_comes_back_too_late_has_lost_it(world: Watched) -> None:
    world.sweep()
    assert world.sweep() is VideoState.PENDING
    (held,) = world.ledger.held("w1")
    claim = world.ledger.claim("b", "v", worker="w2", host="h", pid=21)
    assert claim is not None
    assert token_order(claim.token) > token_order(held.token)
    assert world.ledger.held("w1") == []
    assert world.ledger.renew("w1", [held]) == ["b/v"]


def test_right_after_a_restart_of_redis_nobody_is_missed(world: Watched) -> None:
    world.own = world.sweeper(settled_s=10_000_000.0)
    for _ in range(4):
        assert world.sweep() is VideoState.RUNNING


def test_what_one_has_missed_counts_for_the_next_that_sweeps(world: Watched) -> None:
    assert world.sweep() is VideoState.RUNNING
    world.now_s += LOOKS_APART_S
    world.sweeper().sweep()
    assert world.views.videos("b", ["v"])[0].state is VideoState.PENDING


def test_one_that_came_back_between_two_looks_begins_anew(
    world: Watched, redis_server: RedisServer
) -> None:
    assert world.sweep() is VideoState.RUNNING
    with connect(redis_server.url, connection_name("w1")) as lease:
        lease.ping()
        assert world.sweep() is VideoState.RUNNING
        assert not world.client.exists(KEYS.missed)
    assert world.sweep() is VideoState.RUNNING
    assert world.sweep() is VideoState.PENDING


@pytest.mark.parametrize("command", ["client|list", "lrange"])
def test_of_many_that_sweep_one_looks(
    world: Watched, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """At all connections, and into the queue."""
    monkeypatch.setattr(upkeep, "LOOK_AT_QUEUE_S", 600.0)
    world.ledger.set_publishing("q", '["{task_id}"]')
    world.client.zadd(KEYS.hints, {"b/v": 1})
    world.client.delete(KEYS.looked_ms)
    world.client.config_resetstat()
    for _ in range(20):
        world.sweeper(look_every_s=600.0).sweep()
    assert world.client.info("commandstats")[f"cmdstat_{command}"]["calls"] == 1
