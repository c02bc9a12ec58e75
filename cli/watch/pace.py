"""How fast a batch goes, from the videos that ended last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cli.watch.foresight import Sample, can_tell
from cli.watch.progress import MADE, fraction, sample, time_left
from videobatch.records import VideoState
from videobatch.state.views import VideoView

RECENT = 50


@dataclass(frozen=True, slots=True)
class RecentPace:
    """Seconds until nothing is open, and videos an hour; None where nothing ended yet."""

    eta_s: float | None = None
    videos_per_hour: float | None = None


def recent_pace(videos: Sequence[VideoView], now_s: float) -> RecentPace:
    """The pace of the 50 videos that were made last, over the time in which they were worked on."""
    spans = sorted(
        (video.finished_s, video.started_s, video.cost_s)
        for video in videos
        if video.state in MADE
        and video.started_s is not None
        and video.finished_s is not None
        and video.finished_s >= video.started_s
    )[-RECENT:]
    if not spans:
        return RecentPace()
    running = [video for video in videos if video.state is VideoState.RUNNING]
    begin_s = min(started_s for _, started_s, _ in spans)
    span_s = max(1e-3, (now_s if running else spans[-1][0]) - begin_s)
    worked_s = sum(cost_s for _, _, cost_s in spans)
    left_s = sum(v.cost_s * (1 - fraction(v)) for v in videos if not v.state.is_final)
    samples = [Sample(cost_s, cost_s, ended_s - started_s) for ended_s, started_s, cost_s in spans]
    samples += filter(None, (sample(video, now_s) for video in running))
    unknown_s = [
        video.cost_s
        for video in videos
        if not video.state.is_final and fraction(video) < 1 and time_left(video, now_s) is None
    ]
    is_known = can_tell(samples, left_s, max(unknown_s, default=0.0))
    slowest_s = max((time_left(video, now_s) or 0.0 for video in running), default=0.0)
    return RecentPace(
        eta_s=max(left_s * span_s / worked_s, slowest_s) if worked_s and is_known else None,
        videos_per_hour=len(spans) / span_s * 3600,
    )
