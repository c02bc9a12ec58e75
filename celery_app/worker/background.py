"""Threads of the worker's main process that live exactly as long as the worker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from celery import signals
from celery.platforms import EX_FAILURE
from celery.worker import state as worker_state
from redis.exceptions import RedisError

from videobatch.errors import LedgerError

log = logging.getLogger(__name__)

# Errors of a call over the network while Redis is away.
AWAY = (LedgerError, RedisError, OSError)
FIRST_BACKOFF_S = 0.1


class Background:
    """Runs `tick` every `period_s` until `stop`; `wake` makes the next one come at once.

    While Redis is away it is asked ever more rarely, up to `longest_wait_s`, and an outage is
    logged once. Any other error ends the worker, so that its supervisor starts a sound one.
    """

    def __init__(
        self,
        name: str,
        tick: Callable[[], None],
        period_s: float,
        *,
        longest_wait_s: float = 2.0,
    ) -> None:
        self._name = name
        self._tick = tick
        self._period_s = period_s
        self._longest_wait_s = longest_wait_s
        self._failures = 0
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Starts the thread, once."""
        self._thread.start()

    def wake(self) -> None:
        """Does not wait for the next period. Safe from any thread and from a signal handler."""
        self._wake.set()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Ends the thread after the tick that it may be in. Safe to repeat."""
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                self._guarded_tick()
                self._wake.wait(self._pause_s())
                self._wake.clear()
        except Exception:
            log.critical("%s broke; the worker ends", self._name, exc_info=True)
            worker_state.should_stop = EX_FAILURE
            raise

    def _guarded_tick(self) -> None:
        try:
            self._tick()
        except AWAY as error:
            if self._failures == 0:
                log.warning("%s: Redis is away; waiting: %s", self._name, error)
            self._failures += 1
        else:
            if self._failures:
                log.info("%s: Redis is back", self._name)
            self._failures = 0

    def _pause_s(self) -> float:
        if not self._failures:
            return self._period_s
        backoff_s = FIRST_BACKOFF_S * 2.0 ** min(self._failures, 10)
        return min(self._longest_wait_s, max(self._period_s, backoff_s))


def run_until_shutdown(*threads: Background) -> None:
    """Starts these threads, and ends them when the worker has shut down: its pool ends before."""

    def on_shutdown(**_: Any) -> None:
        for thread in threads:
            thread.stop()

    signals.worker_shutdown.connect(on_shutdown, weak=False)
    for thread in threads:
        thread.start()
