"""The children of a worker's pool, as its main process sees and ends them."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Iterable
from typing import Any

from celery_app.worker.deaths import Deaths
from videobatch.records import Death
from videobatch.telemetry.phases import PhaseTable

log = logging.getLogger(__name__)

SEEN_AFTER_S = 0.1


def pool_processes(worker: Any) -> Iterable[Any]:
    """The processes of a worker's pool; none once it has been stopped, which leases outlive."""
    pool = worker.pool and worker.pool._pool
    return pool._pool if pool else ()


class PoolChildren:
    """The children of a worker's pool."""

    def __init__(self, worker: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._worker = worker
        self._table: PhaseTable = worker.app.wiring.phases
        self._clock = clock
        self._deaths = Deaths(lambda: pool_processes(worker))
        self.is_alive: Callable[[int], bool] = worker.app.wiring.is_living_child
        self.token_order = self._table.token_order

    def pids(self) -> frozenset[int]:
        self._deaths.look()
        return self._table.pids()

    def end_overdue(self) -> None:
        for pid in sorted(self._table.overdue(self._clock())):
            if self.is_alive(pid):
                log.error("process %d is over its time limit and does not react; it is ended", pid)
                self._deaths.note_overdue(pid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def death(self, pid: int) -> Death:
        return self._deaths.death(pid)

    def gone(self) -> None:
        """Lets the pool see that a child's task is lost, so that its slot is free again.

        The pool waits `worker_lost_wait` for a last result and then looks only every five
        seconds. Safe from any thread.
        """
        delay_s = self._worker.app.conf.worker_lost_wait + SEEN_AFTER_S
        hub = self._worker.hub
        hub.call_soon(hub.call_later, delay_s, self._worker.pool.maintain_pool)
