"""Statements of language models that were found, and those that were not: sums of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.servers import RedisServer
from tests.support.world import DONE, World
from videobatch.records import Checked, VideoJob
from videobatch.state.connection import connect
from videobatch.state.ledger import NewVideo

JOB = VideoJob("v", "file:///a", "file:///", "file:///o", "summary_report", "fp")


class Made(World):
    """A batch of two videos, and what became of their statements."""

    def make(self, video: str, checked: Checked) -> None:
        claim = self.take(video)
        self.finish(claim, replace(DONE, checked=checked))
        # A lost answer is asked for again.
        self.ledger.published(claim)


@pytest.fixture
def books(redis_server: RedisServer) -> Iterator[Made]:
    with connect(redis_server.url, "checked") as client:
        made = Made(client)
        made.open(provider="openai")
        made.add(*"uv")
        yield made


def test_they_are_added_up_once_for_each_video(books: Made) -> None:
    assert books.batch().checked == Checked()
    books.make("u", Checked(20, 18))
    books.make("v", Checked(10, 10))
    assert books.batch().checked == Checked(30, 28)
    assert books.views.recent_batches(5) == [books.batch()]
    assert books.views.recent_batches(5)[0].ended_s == pytest.approx(books.views.now_s(), abs=600)


def test_one_that_is_made_anew_counts_as_it_is_now(books: Made) -> None:
    books.make("u", Checked(20, 8))
    books.ledger.add_videos("b", [NewVideo("u", replace(JOB, fingerprint="other"))])
    books.make("u", Checked(5, 5))
    assert books.batch().checked == Checked(5, 5)
    books.ledger.add_videos("b", [NewVideo("u", replace(JOB, fingerprint="third"))])
    books.make("u", Checked())
    assert books.batch().checked == Checked()
