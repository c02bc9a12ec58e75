"""A ledger in the test's own process, as the commands find it; two batches with dead letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.mend import dead, forget
from cli.shared.books import Books
from tests.support.fake_redis import fake_redis
from videobatch.paths import to_uri
from videobatch.records import Death, VideoJob, VideoState
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store
from videobatch.state.views import Views
from videobatch.submission.accepted import AcceptedBatch, note


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Books:
    """The ledger that every command of the test opens."""
    client = fake_redis()
    monkeypatch.setenv("VIDEOBATCH_REDIS_URL", "redis://in-the-test")
    monkeypatch.setenv("VIDEOBATCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("videobatch.state.connection.connect", lambda *_, **__: client)
    return Books(Ledger(Store(client, "videobatch")), Views(Store(client, "videobatch")))


class DeadLetters:
    """Two batches with dead letters, the folders of which hold what attempts left."""

    def __init__(self, books: Books, top: Path) -> None:
        self.top = top
        self.ledger, self.views = books.ledger, books.views
        for batch in ("b-1", "c-1"):
            about: dict[str, Any] = {
                "name": batch,
                "out_uri": to_uri(top / batch),
                "root_uri": "file:///",
                "provider": "x",
            }
            (top / batch).mkdir()
            self.ledger.open_batch(batch, **about)
            note(top / batch, [AcceptedBatch(batch_id=batch, **about)])
            videos = [NewVideo(v, self.job(batch, v)) for v in ("x", "y")]
            note(top / batch, videos)
            self.ledger.add_videos(batch, videos)
            for video in videos:
                self.kill(batch, video.video_id)

    def job(self, batch: str, video: str) -> VideoJob:
        """The work on one of them."""
        out_uri = to_uri(self.top / batch / video)
        return VideoJob(video, f"file:///{video}", "file:///", out_uri, "report", "f" * 16)

    def kill(self, batch: str, video: str) -> None:
        """Lets the video's processes die until it is given up."""
        for _ in range(4):
            assert self.ledger.claim(batch, video, worker="w", host="h", pid=1) is not None
            (held,) = self.ledger.held("w")
            self.ledger.release_dead(held, Death("SIGSEGV", suspect=True))
        (self.top / batch / video / f".attempt-report-{held.token}").mkdir(parents=True)

    def states(self, batch: str) -> dict[str, VideoState]:
        """The state of each video of the batch."""
        return {video.video_id: video.state for video in self.views.all_videos(batch)}

    def __call__(self, *words: str, answer: str | None = None) -> Result:
        """The end of a command, with what a person answers if it asks."""
        app = typer.Typer()
        dead.register(app)
        forget.register(app)
        return CliRunner().invoke(app, words, input=answer)


@pytest.fixture
def letters(books: Books, tmp_path: Path) -> DeadLetters:
    """Four of them."""
    return DeadLetters(books, tmp_path)
