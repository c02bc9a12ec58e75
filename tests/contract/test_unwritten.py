"""Documents that were made without their language model are counted, and a person is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tasks.completion import is_often_unwritten
from tests.support.servers import RedisServer
from tests.support.world import DONE, World
from videobatch.records import VideoJob, VideoResult, VideoState
from videobatch.state.connection import connect
from videobatch.state.ledger import NewVideo
from videobatch.state.views import BatchView

JOB = VideoJob("v", "file:///a", "file:///", "file:///o", "summary_report", "fp")
MADE = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 0, ".attempt")


class Made(World):
    """A batch of three videos, and how each was made."""

    def make(self, video: str, unwritten: str | None) -> None:
        claim = self.take(video)
        self.finish(claim, replace(DONE, unwritten=unwritten))
        # A lost answer is asked for again.
        self.ledger.published(claim)


@pytest.fixture
def books(redis_server: RedisServer) -> Iterator[Made]:
    with connect(redis_server.url, "unwritten") as client:
        made = Made(client)
        made.open(provider="openai")
        made.add(*"uvw")
        yield made


def test_they_are_counted_by_reason_once_for_each_video(books: Made) -> None:
    assert books.batch().unwritten == {}
    for video, reason in (("u", "refusal"), ("v", "length"), ("w", "refusal")):
        books.make(video, reason)
    assert list(books.batch().unwritten.items()) == [("refusal", 2), ("length", 1)]


def test_one_that_is_made_anew_with_it_counts_no_more(books: Made) -> None:
    books.make("u", "refusal")
    books.ledger.add_videos("b", [NewVideo("u", replace(JOB, fingerprint="other"))])
    books.make("u", None)
    assert books.batch().unwritten == {}


BATCH = BatchView("b", "b", "open", "file:///o", "file:///", "openai", 0.0, 100, {})


@pytest.mark.parametrize(
    ("unwritten", "made", "total", "is_often"),
    [
        ({}, 100, 100, False),
        ({"length": 1}, 1, 100, False),
        ({"length": 1}, 5, 5, True),
        ({"length": 2, "refusal": 1}, 10, 100, True),
        ({"length": 2, "refusal": 1}, 30, 100, False),
        ({"refusal": 10}, 100, 100, False),
        ({"refusal": 11}, 100, 100, True),
    ],
)
def test_when_a_person_is_told(
    unwritten: dict[str, int], made: int, total: int, is_often: bool
) -> None:
    counts = {VideoState.DONE: made}
    batch = replace(BATCH, unwritten=unwritten, total=total, counts=counts)
    assert is_often_unwritten(batch) == is_often
