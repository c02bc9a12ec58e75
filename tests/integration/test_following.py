"""A watch of a batch in a real ledger, whose server may go and come back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.watch.follower import Follower
from tests.support.looks import KeptDisplay, ended
from tests.support.servers import RedisServer
from videobatch.records import FINAL_STATES, Claim, VideoJob, VideoResult, VideoState
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store
from videobatch.state.views import Views

pytestmark = pytest.mark.real

BATCH = "lectures-1"


@pytest.fixture
def ledger(redis_server: RedisServer) -> Iterator[Ledger]:
    client = connect(redis_server.url)
    ledger = Ledger(Store(client, "t", patience_s=5))
    ledger.open_batch(
        BATCH, name="lectures", out_uri="file:///o", root_uri="file:///i", provider="offline"
    )
    yield ledger
    client.close()


def submitted(name: str, result: VideoResult | None = None) -> NewVideo:
    job = VideoJob(name, f"file:///i/{name}", "file:///i", f"file:///o/{name}", "notes", "f" * 16)
    return NewVideo(name, job, cost_s=10, result=result)


def claim(ledger: Ledger, name: str) -> Claim:
    taken = ledger.claim(BATCH, name, worker="w", host="h", pid=1)
    assert taken is not None
    return taken


def finish(ledger: Ledger, taken: Claim) -> None:
    ledger.commit(taken, VideoResult(VideoState.DONE, 10, 1, 5, 2, ""))
    ledger.published(taken)


def test_a_batch_in_a_real_ledger(ledger: Ledger) -> None:
    views = Views(Store(ledger.store.client, "t"))
    before = VideoResult(VideoState.DONE, 10, 1, 5, 2, "")
    ledger.add_videos(BATCH, [submitted("a"), submitted("b"), submitted("c", before)])
    follower = Follower(views, BATCH, start=0)
    first = follower.look()
    assert (ended(first), first.eta_s, first.batch.open_videos) == (["c"], None, 2)

    taken = claim(ledger, "a")
    assert [each.name for each in follower.look().running] == ["a"]
    finish(ledger, taken)
    assert ended(follower.look()) == ["a"]

    # Another submit makes `c` again: it leaves its place in front of `a`.
    ledger.add_videos(BATCH, [submitted("c")])
    finish(ledger, claim(ledger, "b"))
    assert ended(follower.look()) == ["b"]
    finish(ledger, claim(ledger, "c"))
    last = follower.look()
    assert ended(last) == ["c"]
    assert last.batch.open_videos == 0
    assert {each for each, n in last.batch.counts.items() if n} <= FINAL_STATES


def test_a_real_server_that_goes_and_comes_back(own_redis: RedisServer) -> None:
    client = connect(own_redis.url, timeout_s=1.0)
    ledger = Ledger(Store(client, "t", patience_s=5))
    ledger.open_batch(
        BATCH, name="lectures", out_uri="file:///o", root_uri="file:///i", provider="offline"
    )
    ledger.add_videos(BATCH, [submitted("a")])
    display = KeptDisplay()
    done: list[str] = []

    def step(_: float) -> None:
        if not done:
            own_redis.stop()
            done.append("stopped")
        elif display.absences and len(done) == 1:
            own_redis.start()
            done.append("started")
        elif len(display.looks) > 1 and len(done) == 2:
            finish(ledger, claim(ledger, "a"))
            done.append("finished")

    views = Views(Store(client, "t", patience_s=0.1))
    last = Follower(views, BATCH, start=0, pause=step).until_done(display)
    assert done == ["stopped", "started", "finished"]
    assert ended(last) == ["a"]
    client.close()
