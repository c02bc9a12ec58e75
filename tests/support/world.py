"""The ledger that tests share: on a server, or on a Redis in the test's own process.

A test that needs more of it adds its own words in a subclass, or parts that it builds beside it on
the same client.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import cast

from redis import Redis

from tests.support.keys import KEYS, PREFIX
from videobatch.paths import to_uri
from videobatch.records import Claim, VideoJob, VideoResult, VideoState
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store
from videobatch.state.views import BatchView, VideoView, Views

BATCH, VIDEO = "b", "v"
WORKER, HOST = "w", "h"
QUEUE, MESSAGE = "q", '["{task_id}", "{batch_id}", "{video_id}"]'
NOWHERE = Path("/o")
DONE = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, ".attempt-1")


def job_named(name: str = VIDEO, out: Path = NOWHERE) -> VideoJob:
    """The work on a file that nobody reads, for a document below that folder."""
    return VideoJob(name, f"file:///{name}", "file:///", to_uri(out), "summary_report", "f")


class World:
    """A ledger with its views, and short words for what is done with them.

    Where a test does not say otherwise, the batch is "b", its video "v", the worker "w" on the
    host "h", and its child of pid 1 asks; `child()` is another one each time.
    """

    def __init__(self, client: Redis, *, patience_s: float = 5.0) -> None:
        self.client = client
        self.ledger = Ledger(Store(client, PREFIX, patience_s=patience_s))
        self.views = Views(Store(client, PREFIX))
        self._pids = itertools.count(1)

    def open(
        self,
        batch: str = BATCH,
        *,
        out: Path = NOWHERE,
        root_uri: str = "file:///",
        provider: str = "offline",
    ) -> None:
        """A batch without videos, or the one that is there, opened again."""
        self.ledger.open_batch(
            batch, name=batch, out_uri=to_uri(out), root_uri=root_uri, provider=provider
        )

    def add(
        self, *videos: str | NewVideo, batch: str = BATCH, out: Path = NOWHERE
    ) -> dict[str, str]:
        """Adds videos to an open batch; what became of each."""
        new = [
            video if isinstance(video, NewVideo) else NewVideo(video, job_named(video, out))
            for video in videos
        ]
        return self.ledger.add_videos(batch, new)

    def publish(self, window: int | None = None) -> None:
        """Says how messages look and where they go, and how many may be out."""
        self.ledger.set_publishing(QUEUE, MESSAGE)
        if window is not None:
            self.ledger.set_window(window)

    def queued(self) -> list[str]:
        """The videos in the queue, the last published first."""
        texts = cast("list[str]", self.client.lrange(QUEUE, 0, -1))
        return [text.split('"')[1].split(":")[1] for text in texts]

    def child(self) -> int:
        """The pid of a child that has not asked yet."""
        return next(self._pids)

    def claim(
        self,
        video: str = VIDEO,
        *,
        batch: str = BATCH,
        worker: str = WORKER,
        host: str = HOST,
        pid: int = 1,
        free_bytes: int = -1,
        on_kept: Callable[[], None] = lambda: None,
    ) -> Claim | None:
        """What a child gets that asks for the video, or for any if it names none."""
        return self.ledger.claim(
            batch,
            video,
            worker=worker,
            host=host,
            pid=pid,
            free_bytes=free_bytes,
            on_kept=on_kept,
        )

    def take(
        self,
        video: str = VIDEO,
        *,
        batch: str = BATCH,
        worker: str = WORKER,
        host: str = HOST,
        pid: int = 1,
    ) -> Claim:
        """The video itself, claimed."""
        claim = self.claim(video, batch=batch, worker=worker, host=host, pid=pid)
        assert claim is not None
        assert claim.video_id == video
        return claim

    def finish(self, claim: Claim, result: VideoResult = DONE) -> None:
        """Commits and publishes it."""
        self.ledger.commit(claim, result)
        self.ledger.published(claim)

    def swept_now(self) -> None:
        """As if somebody had just swept: the next sweep, soon, does not prolong leases instead."""
        self.client.set(KEYS.swept_ms, round(self.views.now_s() * 1000))

    def end_leases(self) -> None:
        """As time does where nobody renews; a sweep finds it."""
        members = cast("list[str]", self.client.zrange(KEYS.leases, 0, -1))
        if members:
            self.client.zadd(KEYS.leases, dict.fromkeys(members, 1))

    def lapse(self) -> None:
        """Lets all leases end, and the sweep find it."""
        self.end_leases()
        self.swept_now()
        self.ledger.sweep()

    def video(self, video: str = VIDEO, batch: str = BATCH) -> VideoView:
        return self.views.videos(batch, [video])[0]

    def state(self, video: str = VIDEO, batch: str = BATCH) -> VideoState:
        return self.video(video, batch).state

    def batch(self, batch: str = BATCH) -> BatchView:
        found = self.views.batch(batch)
        assert found is not None
        return found

    def checkpoints(self, video: str = VIDEO, batch: str = BATCH) -> dict[str, str]:
        """What is stored of its stages and segments, by name."""
        return cast("dict[str, str]", self.client.hgetall(KEYS.checkpoints(batch, video)))
