"""A batch that is forgotten leaves no key and no entry that names it, and harms no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from tests.support.world import World
from videobatch.errors import StaleTokenError
from videobatch.records import (
    Death,
    ErrorKind,
    ErrorRecord,
    VideoResult,
    VideoState,
)
from videobatch.state.connection import connect
from videobatch.state.ledger import steering

pytestmark = pytest.mark.real

ERROR = ErrorRecord(ErrorKind.PERMANENT, "x", "it broke")
RESULT = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, ".attempt-1")
NAME = "lectures-0a1b2c"


class Batches(World):
    """Batches whose messages are out, and a look for what names them."""

    def submit(self, batch: str, *videos: str) -> None:
        self.open(batch)
        self.add(*videos, batch=batch)
        self.ledger.feed()

    def naming(self, batch: str) -> list[str]:
        """Keys that name the batch, and those with an entry or a field that does; but for the
        queue, whose hints lead to nothing."""
        found = []
        for key in self.client.scan_iter(f"{KEYS.prefix}:*"):
            kind = self.client.type(key)
            read: dict[str, Any] = {
                "hash": self.client.hgetall,
                "set": self.client.smembers,
                "string": self.client.get,
                "list": lambda key: self.client.lrange(key, 0, -1),
                "zset": lambda key: self.client.zrange(key, 0, -1),
                "stream": self.client.xrange,
            }
            if batch in key or batch in str(read[str(kind)](key)):
                found.append(key)
        return found


@pytest.fixture
def world(redis_server: RedisServer) -> Iterator[Batches]:
    with connect(redis_server.url) as client:
        made = Batches(client)
        made.publish()
        yield made


def test_nothing_names_it_any_more(world: Batches) -> None:
    world.submit(NAME, "done", "failed", "dead", "waiting", "paused", "pending", "cancelled")
    world.submit("other-1", "a")
    made = world.take("done", batch=NAME)
    world.ledger.checkpoint(made, "probe", "x")
    world.ledger.commit(made, RESULT)
    world.ledger.published(made)
    world.ledger.fail(world.take("failed", batch=NAME), ERROR, retry_after_s=None)
    world.ledger.fail(world.take("waiting", batch=NAME), ERROR, retry_after_s=60.0)
    for _ in range(4):
        world.take("dead", batch=NAME)
        (held,) = world.ledger.held("w")
        world.ledger.release_dead(held, Death("SIGSEGV", suspect=True))
    world.ledger.steer(NAME, "pause", video_id="paused")
    world.ledger.steer(NAME, "cancel", video_id="cancelled")
    world.client.hset(KEYS.glossary(NAME), "dam", "[]")
    world.client.hset(KEYS.paid, NAME, 7)
    world.client.hset(KEYS.paid_of(NAME), "done", 7)
    assert len(world.naming(NAME)) > 10
    assert world.ledger.forget(NAME).what == "gone"
    assert world.naming(NAME) == []
    assert world.ledger.forget(NAME).what == ""
    other = world.views.batch("other-1")
    assert other is not None
    assert (other.state, other.total) == ("open", 1)
    world.take("a", batch="other-1")


def test_one_that_is_being_made_is_refused_unless_it_was_cancelled(world: Batches) -> None:
    world.submit(NAME, "a", "b")
    claim = world.take("a", batch=NAME)
    refused = world.ledger.forget(NAME)
    assert (refused.what, refused.count) == ("running", 1)
    batch = world.views.batch(NAME)
    assert batch is not None
    assert batch.state == "open"
    world.ledger.steer(NAME, "cancel")
    assert world.ledger.forget(NAME).what == "gone"
    assert world.naming(NAME) == []
    assert world.ledger.held("w") == []
    with pytest.raises(StaleTokenError):
        world.ledger.checkpoint(claim, "x", "y")
    with pytest.raises(StaleTokenError):
        world.ledger.commit(claim, RESULT)
    with pytest.raises(StaleTokenError):
        world.ledger.fail(claim, ERROR, retry_after_s=0.0)
    assert world.ledger.give_back(claim) == ""
    assert world.naming(NAME) == []


def test_one_whose_documents_are_put_in_place_waits_for_that(world: Batches) -> None:
    world.submit(NAME, "a", "b", "c")
    claim = world.take("b", batch=NAME)
    world.ledger.commit(claim, RESULT)
    world.ledger.steer(NAME, "cancel")
    assert world.ledger.forget(NAME).what == "running"
    world.ledger.published(claim)
    assert world.ledger.forget(NAME).what == "gone"


def test_it_goes_in_bounded_steps_and_a_crash_is_finished_by_the_next(
    world: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steering, "FORGOTTEN_VIDEOS", 10)
    world.submit(NAME, *(f"v{n:03}" for n in range(35)))
    reply = world.ledger._run("ledger/forget", NAME, 10, 1)
    assert reply == ["left", 25]
    assert world.ledger.claim(NAME, "v030", worker="w", host="h", pid=1) is None
    assert world.ledger.forget(NAME).what == "gone"
    assert world.naming(NAME) == []


def test_a_submit_in_the_middle_keeps_what_is_submitted(world: Batches) -> None:
    world.submit(NAME, *(f"v{n:03}" for n in range(30)))
    world.ledger._run("ledger/forget", NAME, 10, 1)
    world.submit(NAME, "v000", "v029")
    assert world.ledger._run("ledger/forget", NAME, 10, 0) == ["opened", 0]
    batch = world.views.batch(NAME)
    assert batch is not None
    assert batch.state == "open"
    states = {each.video_id: each.state for each in world.views.all_videos(NAME)}
    assert states["v000"] is states["v029"] is VideoState.PENDING
