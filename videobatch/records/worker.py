"""The phases of a worker's tasks, and the counts that it keeps."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """The work of a running task at this moment, as the sampler sees it; `speech`: the host's
    recogniser has a segment or a still of it."""

    CPU = "cpu"
    SPEECH = "speech"
    API = "api"
    LIMITER = "limiter"
    IO = "io"


class Counted(StrEnum):
    """The counts that a worker keeps from its start on: calls to a provider by how they ended, the
    milliseconds that the served ones took, and videos."""

    CALLS_SERVED = "calls_served"
    CALLS_REFUSED = "calls_refused"
    CALLS_FAILED = "calls_failed"
    CALLS_MS = "calls_ms"
    VIDEOS_DONE = "videos_done"
    VIDEOS_FAILED = "videos_failed"
