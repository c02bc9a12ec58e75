"""Whether enough is known of a batch to say how long it will go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Fewer videos than this tell nothing of many others.
LEAST_SAMPLES, LEAST_SHARE = 3, 0.03
# What a video costs is guessed from its size. A video so many times larger than any that was
# worked on may be no such video at all: an empty image of a disk, a screen that stands still.
REACH = 10.0
# Where videos took so differently long for their cost, the cost says little.
SPREAD, SPREAD_SAMPLES = 10.0, 4
# The least part of a video by which it counts.
LEAST_WORKED = 0.1


@dataclass(frozen=True, slots=True)
class Sample:
    """A video that was worked on: the cost that it was given, how much of that was worked off,
    and the seconds that this took (None: not known)."""

    cost_s: float
    worked_s: float
    took_s: float | None = None


def can_tell(samples: Sequence[Sample], left_s: float, largest_s: float) -> bool:
    """True if the cost that is left can be told in time: `largest_s` is the largest video of
    which nothing is known but its cost."""
    if not samples or largest_s > REACH * max(sample.cost_s for sample in samples):
        return False
    worked_s = sum(sample.worked_s for sample in samples)
    if len(samples) < LEAST_SAMPLES and worked_s < LEAST_SHARE * left_s:
        return False
    return worked_s >= left_s or _spread(samples) <= SPREAD


def _spread(samples: Sequence[Sample]) -> float:
    """The slow tenth beside the quick tenth, for their cost; 1 where there are too few."""
    paces = sorted(
        sample.took_s / sample.worked_s
        for sample in samples
        if sample.took_s is not None and sample.took_s > 0 and sample.worked_s > 0
    )
    if len(paces) < SPREAD_SAMPLES:
        return 1.0
    tenth = len(paces) // 10
    return paces[-1 - tenth] / paces[tenth]
