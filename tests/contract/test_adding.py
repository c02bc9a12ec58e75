"""A second submit of a batch that is being made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from redis import Redis

from tests.support.servers import RedisServer
from videobatch.records import VideoJob, VideoResult, VideoState
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.views import Views

pytestmark = pytest.mark.real

JOB = VideoJob("v", "file:///a", "file:///", "file:///o", "summary_report", "fp")
OTHER = VideoJob("v", "file:///a", "file:///", "file:///o", "summary_report", "fp 2")
RESULT = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, ".attempt-1")


@dataclass(frozen=True)
class World:
    ledger: Ledger
    views: Views

    def make(self) -> None:
        """Brings the only video to its end."""
        claim = self.ledger.claim("b", "v", worker="w", host="h", pid=1)
        assert claim is not None
        self.ledger.commit(claim, RESULT)
        self.ledger.published(claim)

    def state(self) -> VideoState:
        return self.views.videos("b", ["v"])[0].state


@pytest.fixture
def world(redis_server: RedisServer) -> Iterator[World]:
    client: Redis = connect(redis_server.url)
    made = World(Ledger(client, "vb", patience_s=1), Views(client, "vb"))
    made.ledger.open_batch(
        "b", name="b", out_uri="file:///o", root_uri="file:///", provider="offline"
    )
    made.ledger.add_videos("b", [NewVideo("v", JOB)])
    yield made
    client.close()


def test_what_was_made_while_it_was_planned_is_not_made_again(world: World) -> None:
    planned_s = world.views.now_s()
    world.make()
    answers = world.ledger.add_videos("b", [NewVideo("v", JOB)], planned_s=planned_s)
    assert (answers, world.state()) == ({"v": "open"}, VideoState.DONE)


def test_what_was_made_before_and_is_gone_is_made_again(world: World) -> None:
    world.make()
    planned_s = world.views.now_s() + 0.001
    answers = world.ledger.add_videos("b", [NewVideo("v", JOB)], planned_s=planned_s)
    assert (answers, world.state()) == ({"v": "again"}, VideoState.PENDING)


@pytest.mark.parametrize("again", [NewVideo("v", OTHER), NewVideo("v", JOB, result=RESULT)])
def test_another_wish_or_a_document_that_was_found_counts(world: World, again: NewVideo) -> None:
    planned_s = world.views.now_s()
    world.make()
    assert world.ledger.add_videos("b", [again], planned_s=planned_s) == {"v": "again"}


def test_a_forced_submit_makes_it_again(world: World) -> None:
    world.make()
    assert world.ledger.add_videos("b", [NewVideo("v", JOB)]) == {"v": "again"}
    assert world.state() is VideoState.PENDING
