"""How fast a batch goes, from the videos that ended last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cli.overview import fraction
from videobatch.records import VideoState
from videobatch.state.views import VideoView

RECENT = 50


@dataclass(frozen=True, slots=True)
class RecentPace:
    """Seconds until nothing is open, and videos an hour; None where nothing ended yet."""

    eta_s: float | None = None
    videos_per_hour: float | None = None


def recent_pace(videos: Sequence[VideoView], now_s: float) -> RecentPace:
    """The pace of the 50 videos that ended last, over the time in which they were worked on."""
    spans = sorted(
        (video.finished_s, video.started_s, video.cost_s)
        for video in videos
        if video.started_s is not None
        and video.finished_s is not None
        and video.finished_s >= video.started_s
    )[-RECENT:]
    if not spans:
        return RecentPace()
    running = any(video.state is VideoState.RUNNING for video in videos)
    begin_s = min(started_s for _, started_s, _ in spans)
    span_s = max(1e-3, (now_s if running else spans[-1][0]) - begin_s)
    worked_s = sum(cost_s for _, _, cost_s in spans)
    left_s = sum(v.cost_s * (1 - fraction(v)) for v in videos if not v.state.is_final)
    return RecentPace(
        eta_s=left_s * span_s / worked_s if worked_s else None,
        videos_per_hour=len(spans) / span_s * 3600,
    )
