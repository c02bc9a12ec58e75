"""Decides whether enough is known of a batch to say how long it will go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Fewer videos than this tell nothing of many others.
LEAST_VIDEOS, LEAST_SHARE = 3, 0.03
# What a video costs is guessed from its size. A video so many times larger than any that was
# worked on may be no such video at all: an empty image of a disk, a screen that stands still.
REACH = 10.0
# Where videos took so differently long for their cost, the cost says little.
SPREAD, SPREAD_VIDEOS = 10.0, 4
# The least part of a video by which it counts.
LEAST_WORKED = 0.1


@dataclass(frozen=True, slots=True)
class WorkedVideo:
    """A video that was worked on: the cost that it was given, how much of that was worked off,
    and the seconds that this took (None: not known)."""

    cost_s: float
    worked_s: float
    took_s: float | None = None


def can_tell(videos: Sequence[WorkedVideo], left_s: float, largest_s: float) -> bool:
    """True if the cost that is left can be told in time: `largest_s` is the largest video of
    which nothing is known but its cost."""
    if not videos or largest_s > REACH * max(video.cost_s for video in videos):
        return False
    worked_s = sum(video.worked_s for video in videos)
    if len(videos) < LEAST_VIDEOS and worked_s < LEAST_SHARE * left_s:
        return False
    return worked_s >= left_s or _spread(videos) <= SPREAD


def _spread(videos: Sequence[WorkedVideo]) -> float:
    """The slow tenth beside the quick tenth, for their cost; 1 where there are too few."""
    paces = sorted(
        video.took_s / video.worked_s
        for video in videos
        if video.took_s is not None and video.took_s > 0 and video.worked_s > 0
    )
    if len(paces) < SPREAD_VIDEOS:
        return 1.0
    tenth = len(paces) // 10
    return paces[-1 - tenth] / paces[tenth]
