"""What a worker says of itself once a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from videobatch.records import Counted, Phase, from_json, to_json
from videobatch.telemetry.host import HostReading


@dataclass(frozen=True, slots=True)
class Sample:
    """One second of a worker's life.

    `at_s` is wall-clock Unix time, `uptime_s` the worker's own monotonic time. `slots_wanted` is
    what the worker was asked to use, `slots_real` what it uses or would fill at once, `running`
    the videos it has; `slots_most` is how many it could be asked to use. `phases` is how many
    threads of its children did what, in the mean since the last sample, `counted` what they did
    since the worker's start.
    `busy_bytes` is what the children that run a video take, together; it and `pss_bytes` are None
    where the system does not know it. `schema` is the newest version of the ledger that it knows,
    `leader_token` that of the last leader that it obeyed (0: of none).
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
    phases: Mapping[Phase, float]
    rss_bytes: int
    pss_bytes: int | None
    host: HostReading
    slots_most: int = 0
    busy_bytes: int | None = None
    counted: Mapping[Counted, int] = field(default_factory=dict)
    schema: int = 1
    leader_token: int = 0

    def to_json(self) -> str:
        """The sample as one line of JSON."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Sample:
        """The sample that `to_json` wrote. Raises pydantic.ValidationError."""
        return from_json(cls, text)
