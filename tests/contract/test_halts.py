"""A video that waits hears of a pause, of a cancel, and that it is another's."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from redis import Redis

from tests.support.servers import RedisServer
from videobatch.records import Claim, VideoJob
from videobatch.state.connection import connect
from videobatch.state.halts import Halts
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store

pytestmark = pytest.mark.real

JOB = VideoJob("v", "file:///a", "file:///", "file:///o", "summary_report", "fp")


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "halts") as made:
        yield made


@pytest.fixture
def ledger(client: Redis) -> Ledger:
    made = Ledger(Store(client, "vb", patience_s=1))
    made.open_batch("b", name="b", out_uri="file:///o", root_uri="file:///", provider="openai")
    made.add_videos("b", [NewVideo("v", JOB)])
    return made


def claimed(ledger: Ledger) -> Claim:
    claim = ledger.claim("b", "v", worker="w", host="h", pid=1)
    assert claim is not None
    return claim


def seen(client: Redis, claim: Claim) -> bool:
    """What is seen once a look is due."""
    now = SimpleNamespace(s=0.0)
    halts = Halts(Store(client, "vb"), every_s=2.0, clock=lambda: now.s)
    assert not halts.is_over(claim)
    now.s = 2.0
    return halts.is_over(claim)


def test_a_running_video_goes_on(client: Redis, ledger: Ledger) -> None:
    assert not seen(client, claimed(ledger))
    assert not Halts(Store(client, "vb")).is_over(None)


@pytest.mark.parametrize("what", ["pause", "cancel"])
@pytest.mark.parametrize("video_id", ["", "v"], ids=["batch", "video"])
def test_a_pause_now_and_a_cancel_are_seen(
    client: Redis, ledger: Ledger, what: str, video_id: str
) -> None:
    claim = claimed(ledger)
    ledger.steer("b", what, video_id=video_id, now=True)  # type: ignore[arg-type]
    assert seen(client, claim)


def test_a_pause_that_lets_running_videos_end_stops_nothing(client: Redis, ledger: Ledger) -> None:
    claim = claimed(ledger)
    ledger.steer("b", "pause")
    assert not seen(client, claim)


def test_a_video_that_another_attempt_has_is_over(client: Redis, ledger: Ledger) -> None:
    first = claimed(ledger)
    ledger.give_back(first)
    second = claimed(ledger)
    assert seen(client, first)
    assert not seen(client, second)


def test_many_who_ask_are_one_look(client: Redis, ledger: Ledger) -> None:
    claim = claimed(ledger)
    now = SimpleNamespace(s=0.0)
    halts = Halts(Store(client, "vb"), every_s=2.0, clock=lambda: now.s)
    before = client.info("commandstats")["cmdstat_hmget"]["calls"]
    for _ in range(100):
        now.s += 0.1
        halts.is_over(claim)
    looks = client.info("commandstats")["cmdstat_hmget"]["calls"] - before
    assert looks <= 5


def test_a_redis_that_is_away_ends_nothing(own_redis: RedisServer) -> None:
    with connect(own_redis.url, "halts") as client:
        ledger = Ledger(Store(client, "vb", patience_s=1))
        ledger.open_batch("b", name="b", out_uri="file:///o", root_uri="file:///", provider="x")
        ledger.add_videos("b", [NewVideo("v", JOB)])
        claim = claimed(ledger)
        own_redis.kill()
        assert not seen(client, claim)
