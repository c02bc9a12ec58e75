"""Memory that videos may still take, and a next try for those that found no room.

A claim that finds none uses its message up. Room comes when a video ends, whose worker feeds the
queue at once; and while nothing ends, when the youngest ones have taken what they will, or when
others give memory back. The main process watches for that, and feeds the queue then.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from celery import bootsteps

from celery_app.worker.background import Background, run_until_shutdown
from celery_app.worker.stopping import is_stopping
from videobatch.records import NoRoom
from videobatch.telemetry.cgroup import Cgroup
from videobatch.telemetry.host import WATERMARK, memory_bytes

LOOK_EVERY_S = 0.1
# A try that was refused again within this time was made in vain, and the next one waits twice as
# long: memory that goes up and down about the limit must keep nobody busy.
IN_VAIN_S = 0.5
LONGEST_PAUSE_S = 2.0

Refusal = tuple[float, NoRoom]
"""The time at which the last claim found no room (monotonic clock), and why."""


class FreeMemory:
    """The memory of the host that videos may still take; `limit_mb` narrows its own limit."""

    def __init__(self, limit_mb: int | None) -> None:
        self._limit_bytes = None if limit_mb is None else limit_mb << 20
        self._cgroup = Cgroup()

    def bytes(self) -> int:
        """0.90 of the limit less what is in use; never negative."""
        limit_bytes, used_bytes = memory_bytes(self._cgroup)
        allowed_bytes = min(self._limit_bytes or limit_bytes, limit_bytes)
        return max(0, int(WATERMARK * allowed_bytes) - used_bytes)


class RoomWatch:
    """Calls `feed` once after each refusal, as soon as there may be room. For one thread."""

    def __init__(
        self,
        last_refusal: Callable[[], Refusal | None],
        free_bytes: Callable[[], int],
        feed: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._last_refusal = last_refusal
        self._free_bytes = free_bytes
        self._feed = feed
        self._clock = clock
        self._answered_s = 0.0
        self._fed_s = 0.0
        self._pause_s = LOOK_EVERY_S

    def tick(self) -> None:
        """One look. Raises LedgerError while Redis is away; then the next look tries again."""
        refusal = self._last_refusal()
        if refusal is None or refusal[0] <= self._answered_s:
            return
        at_s, why = refusal
        now_s = self._clock()
        if now_s - self._fed_s < self._pause_s or not why.is_over(self._free_bytes(), now_s - at_s):
            return
        self._feed()
        in_vain = at_s - self._fed_s < IN_VAIN_S
        self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s) if in_vain else LOOK_EVERY_S
        self._answered_s, self._fed_s = at_s, now_s


class RoomStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Watches for room for as long as the worker's main process lives."""

    requires = ("celery.worker.components:Pool",)
    conditional = True

    def __init__(self, worker: Any, **options: Any) -> None:
        self.enabled = worker.app.wiring.feed is not None
        super().__init__(worker, **options)

    def start(self, worker: Any) -> None:
        wiring = worker.app.wiring
        watch = RoomWatch(wiring.phases.no_room, wiring.free_bytes, wiring.feed(worker.hostname))

        def tick() -> None:
            if not is_stopping():
                watch.tick()

        run_until_shutdown(Background(f"room of {worker.hostname}", tick, LOOK_EVERY_S))

    def stop(self, worker: Any) -> None:
        """Nothing yet: the thread goes on until the worker ends."""
