"""The desk of a worker's child: all that it works with on one video after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tasks.desk.present import Present
from videobatch.paths import Places
from videobatch.pipeline.retry import RetryOptions
from videobatch.pipeline.stopwatch import TimeLimits
from videobatch.pipeline.work import Tools
from videobatch.records import NoRoom
from videobatch.state.alerts import Alerts
from videobatch.state.ledger import Ledger
from videobatch.state.views import Views
from videobatch.telemetry.peak import PeakMemory


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts that a child works with; built once, after the fork.

    `patient` is the ledger for writes that must arrive, `brisk` the one for display. `abandon`
    ends this process, `arm` says when somebody else is to; `now` is the video that is being made,
    `peak` what it takes of the memory; `no_room` has somebody try again once there is some,
    `works_under` lets the main process know which claim this process works on;
    `places` tells which files may be opened.
    """

    worker: str
    host: str
    patient: Ledger
    brisk: Ledger
    views: Views
    tools: Tools
    retry: RetryOptions
    limits: TimeLimits
    is_stopping: Callable[[], bool]
    free_bytes: Callable[[], int]
    abandon: Callable[[], object]
    arm: Callable[[float | None], None]
    no_room: Callable[[NoRoom], None]
    works_under: Callable[[str | None], None]
    now: Present
    peak: PeakMemory
    alerts: Alerts
    places: Places
