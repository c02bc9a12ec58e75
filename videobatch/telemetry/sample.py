"""What a worker says of itself once a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from videobatch.records import Phase, from_json, to_json
from videobatch.telemetry.host import HostReading


@dataclass(frozen=True, slots=True)
class Sample:
    """One second of a worker's life.

    `at_s` is wall-clock Unix time, `uptime_s` the worker's own monotonic time. `slots_wanted` is
    what the worker was asked to use, `slots_real` what it uses or would fill at once, `running`
    the videos it has. `phases` counts the threads of its children by what they do. `pss_bytes`
    is None where the system does not know it.
    """

    at_s: float
    uptime_s: float
    worker: str
    host_id: str
    pid: int
    child_pids: tuple[int, ...]
    slots_wanted: int
    slots_real: int
    running: int
    phases: Mapping[Phase, int]
    rss_bytes: int
    pss_bytes: int | None
    host: HostReading

    def to_json(self) -> str:
        """The sample as one line of JSON."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Sample:
        """The sample that `to_json` wrote. Raises pydantic.ValidationError."""
        return from_json(cls, text)
