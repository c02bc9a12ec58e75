"""Durations that the scripts count, and the counts that metrics are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from redis import Redis

from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from videobatch.records import VideoJob, VideoResult, VideoState
from videobatch.state.connection import connect
from videobatch.state.counts import FINISHED, read_counts
from videobatch.state.latencies import BOUNDS_S, VIDEO, WAIT, latencies
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store

JOB = VideoJob("v", "file:///v", "file:///", "file:///o/v", "summary_report", "f")


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "latencies") as made:
        yield made


def finish(client: Redis, video: str, began_s_ago: float) -> None:
    """Brings the video to its end, as if it had been started so long ago."""
    ledger = Ledger(Store(client, "vb"))
    claim = ledger.claim("b", video, worker="w", host="h", pid=1)
    assert claim is not None
    started = int(str(client.hget(KEYS.video("b", video), "started_ms")))
    client.hset(KEYS.video("b", video), "started_ms", started - round(began_s_ago * 1000))
    ledger.commit(claim, VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, "a"))
    ledger.published(claim)


def test_each_video_is_counted_in_the_bucket_of_its_duration(client: Redis) -> None:
    ledger = Ledger(Store(client, "vb"))
    ledger.open_batch("b", name="b", out_uri="file:///o", root_uri="file:///", provider="offline")
    took_s = (0.0, 45.0, 90.0, 10_000.0)
    ledger.add_videos("b", [NewVideo(f"v{n}", JOB) for n in range(len(took_s))])
    for number, seconds in enumerate(took_s):
        finish(client, f"v{number}", seconds)
    found = latencies(Store(client, "vb"), [VIDEO, WAIT, "nothing"])
    counts = dict(zip(BOUNDS_S, found[VIDEO].counts, strict=True))
    # The first one took no longer than the test did.
    assert sum(n for bound, n in counts.items() if bound < 60) == 1
    assert {bound: n for bound, n in counts.items() if n and bound >= 60} == {
        60: 1,
        120: 1,
        float("inf"): 1,
    }
    assert found[VIDEO].sum_s == pytest.approx(sum(took_s), abs=30.0)
    # Each was started once, at once.
    assert sum(found[WAIT].counts) == len(took_s)
    assert found["nothing"].counts == (0,) * len(BOUNDS_S)


def test_a_video_that_is_started_again_waited_once(client: Redis) -> None:
    ledger = Ledger(Store(client, "vb"))
    ledger.open_batch("b", name="b", out_uri="file:///o", root_uri="file:///", provider="offline")
    ledger.add_videos("b", [NewVideo("v", JOB)])
    for _ in range(3):
        claim = ledger.claim("b", "v", worker="w", host="h", pid=1)
        assert claim is not None
        ledger.give_back(claim)
    assert sum(latencies(Store(client, "vb"), [WAIT])[WAIT].counts) == 1


def test_counts_of_everything(client: Redis) -> None:
    ledger = Ledger(Store(client, "vb"))
    for batch in ("b", "over", "paused"):
        ledger.open_batch(
            batch, name=batch, out_uri="file:///o", root_uri="file:///", provider="offline"
        )
    ledger.add_videos("b", [NewVideo(f"v{n}", JOB) for n in range(3)])
    ledger.add_videos("paused", [NewVideo("p", JOB)])
    ledger.steer("paused", "pause")
    finish(client, "v0", 1.0)
    assert ledger.claim("b", "v1", worker="w", host="h", pid=1)
    assert ledger.lead("c1", 5.0)
    counts = read_counts(Store(client, "vb"))
    assert counts.batches == {"open": 1, FINISHED: 1, "paused": 1}
    told = {state: n for state, n in counts.videos.items() if n}
    assert told == {VideoState.PENDING: 2, VideoState.RUNNING: 1, VideoState.DONE: 1}
    assert (counts.leases, counts.dead_letters, counts.leader) == (1, 0, "c1")


def test_the_scripts_count_in_the_buckets_that_are_read() -> None:
    text = (files("videobatch.state") / "lua" / "_latency.lua").read_text("utf-8")
    (row,) = re.findall(r"local BOUNDS = \{ (.*?) \}", text)
    assert [float(bound) for bound in row.split(", ")] == list(BOUNDS_S[:-1])
