"""Samples of workers that do not exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.hosts import IDLE
from videobatch.records import Counted, Phase, Reading, Sample

NOTHING = dict.fromkeys(Counted, 0)


def sample_of(
    worker: str = "w1", counted: Mapping[Counted, int] = NOTHING, **changes: Any
) -> Sample:
    """A worker that runs two videos of the eight that it could, and has counted only these."""
    fields: dict[str, Any] = {
        "at_s": 1.5,
        "uptime_s": 0.5,
        "worker": worker,
        "host_id": "h1",
        "pid": 10,
        "child_pids": (11, 12),
        "slots": 2,
        "real_slots": 2,
        "running": 2,
        "phases": dict.fromkeys(Phase, 0) | {Phase.CPU: 1, Phase.API: 1},
        "rss_bytes": 1000,
        "pss_bytes": None,
        "host": IDLE,
        "most_slots": 8,
        "counted": NOTHING | dict(counted),
    }
    return Sample(**fields | changes)


def readings_of(*samples: Sample, age_s: float = 0.5) -> dict[str, Reading]:
    """The samples by their workers, each so old."""
    return {sample.worker: Reading(sample, age_s) for sample in samples}
