"""Controllers over a ledger in memory, whose clock a test moves on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from controllers.composition import duties
from controllers.duties.leading import Leading
from controllers.loop import Controller
from tests.support.fake_redis import fake_redis
from tests.support.keys import PREFIX
from tests.support.samples import sample_of
from videobatch.paths import to_uri
from videobatch.records import VideoJob, VideoState
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.samples import SampleStore
from videobatch.state.store import Store
from videobatch.state.views import Views

QUEUE = "queue of the test"
MESSAGE = "{task_id} {batch_id} {video_id}"
BATCH = "b"


class Controlled:
    """A ledger, its workers' samples, and any number of controllers without control of slots.

    The ledger's clock stands still, so that a slow test lets no lease end; `runs`: it goes on, for
    tests in which threads wait for it.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, runs: bool = False) -> None:
        self._ahead_s = 0.0
        clock, began_s = time.time, time.time()
        # The ledger's clock: the loop's own is the monotonic one.
        monkeypatch.setattr(time, "time", lambda: (clock() if runs else began_s) + self._ahead_s)
        self.client = fake_redis()
        self.ledger = Ledger(Store(self.client, PREFIX))
        self.views = Views(Store(self.client, PREFIX))
        self.samples = SampleStore(Store(self.client, PREFIX))

    def pass_time(self, seconds: float) -> None:
        """So much later by the ledger's clock."""
        self._ahead_s += seconds

    def lose_all(self) -> None:
        """Redis begins anew, without its data."""
        self.client.flushall()

    def controller(self, name: str = "c1", ledger: Ledger | None = None) -> Controller:
        """One that leaves the workers' slots alone."""
        leading = Leading(name, ledger or self.ledger)
        publishing = (QUEUE, MESSAGE)
        return Controller(
            leading,
            duties(leading, self.ledger, self.views, self.samples, publishing=publishing),
        )

    def add(self, *video_ids: str, out: Path = Path("/o")) -> None:
        """Opens a batch with these videos."""
        self.ledger.open_batch(
            BATCH, name="b", out_uri=to_uri(out), root_uri="file:///", provider="offline"
        )
        job = VideoJob("v", "file:///v", "file:///", to_uri(out / "v"), "summary_report", "f")
        self.ledger.add_videos(BATCH, [NewVideo(each, job) for each in video_ids])

    def sample(self, worker: str, **changes: Any) -> None:
        """A sample of that worker arrives."""
        self.samples.append(worker, sample_of(worker, **changes).to_json())

    def queued(self) -> int:
        """The messages that were published."""
        return int(self.client.llen(QUEUE))

    def state(self, video_id: str) -> VideoState:
        """The state of one of the videos."""
        return self.views.videos(BATCH, [video_id])[0].state
