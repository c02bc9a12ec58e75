"""Batches and videos as the ledger shows them, for tests that need no ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.watch.follower import BatchLook
from videobatch.records import (
    ErrorKind,
    ErrorRecord,
    VideoJob,
    VideoResult,
    VideoState,
)
from videobatch.state.views import BatchView, VideoView

NOW_S = 1_700_000_000.0
BROKEN = ErrorRecord(ErrorKind.PERMANENT, "damaged", "the file is damaged", "copy it again")
HOSTILE = "evil\x1b[2J\x1b]0;title\x07\x9b31m\r\n[bold]x[/bold]:smile:\u202e\ud800\x00\x08"
HOSTILE_ERROR = ErrorRecord(ErrorKind.PERMANENT, "x", f"reason {HOSTILE}", f"hint {HOSTILE}")


class KeptDisplay:
    """Keeps the looks that it was shown."""

    def __init__(self) -> None:
        self.looks: list[BatchLook] = []
        self.absences: list[float] = []
        self.closed = 0

    def show(self, look: BatchLook) -> None:
        """Keeps the look."""
        self.looks.append(look)

    def away(self, away_s: float) -> None:
        """Keeps the time."""
        self.absences.append(away_s)

    def close(self) -> None:
        """Counts the end."""
        self.closed += 1


def ended(look: BatchLook) -> list[str]:
    """The ids of the videos that ended since the look before."""
    return [each.video_id for each in look.finished]


def video(name: str = "a.mp4", state: VideoState = VideoState.PENDING, **fields: Any) -> VideoView:
    """A video as it stands; a made one has a result, a failed one an error."""
    made = state in {VideoState.DONE, VideoState.PARTIAL}
    failed = state in {VideoState.FAILED, VideoState.DEAD}
    values: dict[str, Any] = {
        "video_id": name,
        "name": name,
        "state": state,
        "stage": None,
        "done": 0.0,
        "total": 0.0,
        "attempts": 1 if made or failed else 0,
        "deaths": 0,
        "death": None,
        "worker": None,
        "error": BROKEN if failed else None,
        "result": VideoResult(state, 300.0, 40.0, 10, 2, "") if made else None,
        "started_s": NOW_S - 40 if made or failed else None,
        "stage_started_s": None,
        "finished_s": NOW_S if state.is_final else None,
        "cost_s": 10.0,
        "job": VideoJob(name, "file:///in/a", "file:///in", f"file:///out/{name}", "notes", "f"),
    }
    return VideoView(**{**values, **fields})


def running(
    name: str = "a.mp4", stage: str | None = "transcribe", share: float = 0.5, **fields: Any
) -> VideoView:
    """A video that is worked on since 100 s, so far in its stage of 600 s of media."""
    values = {
        "started_s": NOW_S - 100,
        "stage_started_s": NOW_S - 60,
        "done": share * 600,
        "total": 600.0,
        "worker": "w1",
        "attempts": 1,
    }
    return video(name, VideoState.RUNNING, stage=stage, **{**values, **fields})


def batch(counts: Mapping[str, int], name: str = "lectures", state: str = "open") -> BatchView:
    """A batch with so many videos in each state."""
    return BatchView(
        batch_id=f"{name}-1",
        name=name,
        state=state,
        out_uri="file:///out",
        root_uri="file:///in",
        provider="offline",
        submitted_s=NOW_S - 1000,
        total=sum(counts.values()),
        counts={VideoState(each): n for each, n in counts.items()},
    )


def look(
    of: BatchView,
    running: Sequence[VideoView] = (),
    finished: Sequence[VideoView] = (),
    now_s: float = NOW_S,
    eta_s: float | None = None,
    videos_per_hour: float | None = None,
) -> BatchLook:
    """A look at the batch."""
    return BatchLook(of, running, finished, now_s, eta_s, videos_per_hour)
