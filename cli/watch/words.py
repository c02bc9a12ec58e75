"""A followed batch and its videos in words: times, names, outcomes, each safe to show."""

from __future__ import annotations

import math

from rich.cells import cell_len, set_cell_size

from cli.watch.follower import BatchLook
from videobatch.pipeline.text.markdown import plain
from videobatch.records import VideoState
from videobatch.state.views import VideoView

WIDEST_NAME = 48
_MOST_CHARS = 500
_MADE = frozenset({VideoState.DONE, VideoState.PARTIAL})


def clock(seconds: float | None) -> str:
    """`1:05`, `2:03:04`, or `–` where it is not known."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    minutes, s = divmod(max(0, round(seconds)), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}"


def shorten(name: str, cells: int = WIDEST_NAME) -> str:
    """The name, cut in its middle where it is wider than that on a screen."""
    if cell_len(name) <= cells:
        return name
    half = max(0, cells - 1) // 2
    tail, width = "", 0
    for character in reversed(name):
        width += cell_len(character)
        if width > half:
            break
        tail = character + tail
    return f"{set_cell_size(name, max(0, cells - 1 - half))}…{tail}"


def outcome(video: VideoView) -> str:
    """The end of a video in one line that is safe to show: time taken, or reason and hint."""
    result, error = video.result, video.error
    if video.state in _MADE and result:
        how = f"in {clock(result.elapsed_s)}" if video.attempts else "made before"
        took = f"{clock(result.duration_s)} {how}"
        told = filter(None, (result.note, *(remark.message for remark in result.remarks)))
        return "  ".join((took, plain("; ".join(told), _MOST_CHARS))).rstrip()
    if error and video.state not in _MADE and video.state is not VideoState.CANCELLED:
        reason, hint = plain(error.message, _MOST_CHARS), plain(error.hint, _MOST_CHARS)
        return f"{reason}; {hint}" if hint else reason
    return video.state.value


def summary(look: BatchLook) -> str:
    """The batch's counts, time left and speed, in one line."""
    batch, rate = look.batch, look.videos_per_hour
    parts = [f"{batch.total - batch.open_videos}/{batch.total}"]
    if batch.state != "open":
        parts.append(f"{batch.state}, {batch.reason}" if batch.reason else batch.state)
    if batch.open_videos:
        parts.append(f"about {clock(look.eta_s)} left" if look.eta_s is not None else "…")
    if rate is not None:
        parts.append(f"{rate:.0f} videos/h" if rate >= 10 else f"{rate:.1f} videos/h")
    parts += [f"{n} {state.value}" for state, n in batch.counts.items() if n]
    return "  ".join(parts)
