"""A worker whose connection is gone loses its leases; one that is there keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from redis import Redis

from tests.support.servers import RedisServer
from videobatch.records import VideoJob, VideoState, token_order
from videobatch.state import presence
from videobatch.state.connection import connect
from videobatch.state.ledger import NewVideo
from videobatch.state.presence import LOOKS_APART_S, SweepingLedger, connection_name
from videobatch.state.views import Views

pytestmark = pytest.mark.real

JOB = VideoJob("v", "file:///v", "file:///", "file:///o", "summary_report", "f")


@dataclass
class World:
    """A ledger with one video that worker `w1` holds, and a clock to turn."""

    client: Redis
    ledger: SweepingLedger
    views: Views
    now_s: float = 100.0

    def sweep(self, after_s: float = 1.0) -> VideoState:
        self.now_s += after_s
        self.ledger.sweep()
        return self.views.videos("b", ["v"])[0].state


@pytest.fixture
def world(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    client = connect(redis_server.url, "sweeper")
    ledger = SweepingLedger(client, "vb", patience_s=1)
    made = World(client, ledger, Views(client, "vb"))
    monkeypatch.setattr(SweepingLedger, "_clock", staticmethod(lambda: made.now_s))
    monkeypatch.setattr(presence, "SETTLED_S", 0.0)
    ledger.sweep()
    ledger.open_batch("b", name="b", out_uri="file:///o", root_uri="file:///", provider="offline")
    ledger.add_videos("b", [NewVideo("v", JOB)])
    assert ledger.claim("b", "v", worker="w1", host="h", pid=11) is not None
    yield made
    client.close()


def test_a_worker_that_is_gone_is_missed_at_the_second_look(world: World) -> None:
    assert world.sweep() is VideoState.RUNNING
    assert world.sweep(LOOKS_APART_S / 2) is VideoState.RUNNING
    assert world.sweep(LOOKS_APART_S) is VideoState.PENDING
    assert world.views.videos("b", ["v"])[0].deaths == 0


def test_a_worker_that_is_there_keeps_its_video(world: World, redis_server: RedisServer) -> None:
    with connect(redis_server.url, connection_name("w1")) as lease:
        lease.ping()
        for _ in range(5):
            assert world.sweep() is VideoState.RUNNING
        redis_server.cut_clients()
        assert world.sweep() is VideoState.RUNNING
        lease.ping()  # it is back before the second look
        assert world.sweep() is VideoState.RUNNING
        assert world.sweep() is VideoState.RUNNING


def test_a_worker_that_comes_back_regains_what_nobody_took(world: World) -> None:
    world.sweep()
    assert world.sweep() is VideoState.PENDING
    (held,) = world.ledger.held("w1")
    assert (held.batch_id, held.video_id, held.pid) == ("b", "v", 11)
    assert world.ledger.renew("w1", [held]) == []
    assert world.views.videos("b", ["v"])[0].state is VideoState.RUNNING


def test_a_worker_that_comes_back_too_late_has_lost_it(world: World) -> None:
    world.sweep()
    assert world.sweep() is VideoState.PENDING
    (held,) = world.ledger.held("w1")
    claim = world.ledger.claim("b", "v", worker="w2", host="h", pid=21)
    assert claim is not None
    assert token_order(claim.token) > token_order(held.token)
    assert world.ledger.held("w1") == []
    assert world.ledger.renew("w1", [held]) == ["b/v"]


def test_right_after_a_restart_of_redis_nobody_is_missed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "SETTLED_S", 10_000_000.0)
    for _ in range(4):
        assert world.sweep() is VideoState.RUNNING
