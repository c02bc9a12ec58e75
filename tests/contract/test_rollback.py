"""A Redis that goes back in time: what it had given out does harm to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.servers import RedisServer
from videobatch.errors import StaleTokenError
from videobatch.paths import to_uri
from videobatch.pipeline.publication import attempt_dir
from videobatch.records import (
    Claim,
    ErrorKind,
    ErrorRecord,
    Stage,
    VideoJob,
    VideoResult,
    VideoState,
    token_order,
)
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.views import Views

pytestmark = pytest.mark.real

RESULT = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, "")
ERROR = ErrorRecord(ErrorKind.TRANSIENT, "x", "it broke")


@dataclass(frozen=True)
class World:
    server: RedisServer
    ledger: Ledger
    views: Views
    snapshots: Path

    def claim(self, worker: str) -> Claim:
        claim = self.ledger.claim("b", "v", worker=worker, host="h", pid=1)
        assert claim is not None
        return claim

    def snapshot(self) -> None:
        self.server.snapshot(self.snapshots)

    def roll_back(self) -> None:
        self.server.roll_back(self.snapshots)

    def state(self) -> VideoState:
        return self.views.videos("b", ["v"])[0].state


@pytest.fixture
def world(tmp_path: Path, own_redis: RedisServer) -> Iterator[World]:
    client = connect(own_redis.url)
    ledger = Ledger(client, "vb", patience_s=10)
    ledger.open_batch("b", name="b", out_uri="file:///o", root_uri="file:///", provider="offline")
    job = VideoJob("v", "file:///v", "file:///", to_uri(tmp_path / "o" / "v"), "report", "f")
    ledger.add_videos("b", [NewVideo("v", job)])
    yield World(own_redis, ledger, Views(client, "vb"), tmp_path / "snapshot")
    client.close()


def writes(ledger: Ledger, claim: Claim) -> dict[str, Callable[[], object]]:
    """All that an owner may write."""
    return {
        "checkpoint": lambda: ledger.checkpoint(claim, "probe", "{}"),
        "progress": lambda: ledger.progress(claim, Stage.WRITE, 0, 1),
        "commit": lambda: ledger.commit(claim, RESULT),
        "published": lambda: ledger.published(claim),
        "fail": lambda: ledger.fail(claim, ERROR, retry_after_s=1.0),
        "take back": lambda: ledger.take_back(claim, ERROR, retry_after_s=1.0),
    }


@pytest.mark.parametrize("second", ["w1", "w2"])
def test_two_claims_of_one_moment_have_two_tokens(world: World, second: str) -> None:
    world.snapshot()
    lost = world.claim("w1")
    world.ledger.checkpoint(lost, "probe", "{}")
    world.roll_back()
    own = world.claim(second)
    assert token_order(own.token) > token_order(lost.token)
    assert attempt_dir(own) != attempt_dir(lost)
    assert own.checkpoints == {}
    for write in writes(world.ledger, lost).values():
        with pytest.raises(StaleTokenError):
            write()
    assert world.ledger.give_back(lost) == ""
    world.ledger.checkpoint(own, "probe", "{}")
    world.ledger.commit(own, RESULT)
    for write in writes(world.ledger, lost).values():
        with pytest.raises(StaleTokenError):
            write()
    world.ledger.published(own)
    assert world.state() is VideoState.DONE


def test_even_in_the_same_millisecond_their_tokens_differ(world: World) -> None:
    """Clocks jump, and a replica's may be behind: then chance alone tells them apart."""
    first = world.claim("w1")
    world.ledger.client.hset("vb:video:b:v", mapping={"state": "pending", "token": "0"})
    world.ledger.client.zadd("vb:pending:b", {"v": 0})
    second = world.claim("w2")
    same = f"{token_order(first.token)}-{second.token.partition('-')[2]}"
    world.ledger.client.hset("vb:video:b:v", "token", same)
    for write in writes(world.ledger, first).values():
        with pytest.raises(StaleTokenError):
            write()


def test_an_attempt_that_the_ledger_remembers_goes_on(world: World) -> None:
    claim = world.claim("w1")
    world.snapshot()
    world.ledger.checkpoint(claim, "probe", "{}")
    world.ledger.commit(claim, RESULT)
    world.ledger.published(claim)
    world.roll_back()
    assert world.state() is VideoState.RUNNING
    world.ledger.commit(claim, RESULT)
    world.ledger.published(claim)
    assert world.state() is VideoState.DONE
