"""A video as it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from videobatch.paths import Places
from videobatch.records import (
    LIFE_MARK,
    End,
    ErrorRecord,
    VideoJob,
    VideoResult,
    VideoState,
    from_json,
)
from videobatch.state.costs import MICROS
from videobatch.state.job_places import job_here

FIELDS = (
    "name",
    "state",
    "stage",
    "done",
    "total",
    "attempts",
    "deaths",
    "death",
    "owner",
    "error",
    "result",
    "started_ms",
    "stage_ms",
    "finished_ms",
    "ends",
    "cost",
    "job",
)


@dataclass(frozen=True, slots=True)
class VideoView:
    """A video as it stands; `done` of `total` is in the unit of its stage. `ends` are those of
    attempts that ended with their process or their worker, the newest last."""

    video_id: str
    name: str
    state: VideoState
    stage: str | None
    done: float
    total: float
    attempts: int
    deaths: int
    death: str | None
    worker: str | None
    error: ErrorRecord | None
    result: VideoResult | None
    started_s: float | None
    stage_started_s: float | None
    finished_s: float | None
    cost_s: float
    job: VideoJob
    paid_usd: float = 0.0
    ends: tuple[End, ...] = ()

    @property
    def fraction(self) -> float:
        """The share of the present stage that is done, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


def video_view(
    video_id: str, row: Sequence[str | None], micros: str | None, places: Places
) -> VideoView:
    """The video from the FIELDS of its hash, and what was paid for it."""
    value = dict(zip(FIELDS, row, strict=True))
    return VideoView(
        video_id=video_id,
        name=value["name"] or "",
        state=VideoState(value["state"] or ""),
        stage=value["stage"],
        done=float(value["done"] or 0),
        total=float(value["total"] or 0),
        attempts=int(value["attempts"] or 0),
        deaths=int(value["deaths"] or 0),
        death=value["death"],
        worker=value["owner"].partition(LIFE_MARK)[0] if value["owner"] else None,
        error=from_json(ErrorRecord, value["error"]) if value["error"] else None,
        result=from_json(VideoResult, value["result"]) if value["result"] else None,
        started_s=_seconds(value["started_ms"]),
        stage_started_s=_seconds(value["stage_ms"]),
        finished_s=_seconds(value["finished_ms"]),
        cost_s=float(value["cost"] or 0),
        job=job_here(from_json(VideoJob, value["job"] or ""), places),
        paid_usd=int(micros or 0) / MICROS,
        ends=tuple(from_json(End, line) for line in (value["ends"] or "").splitlines()),
    )


def _seconds(milliseconds: str | None) -> float | None:
    return int(milliseconds) / 1000 if milliseconds else None
