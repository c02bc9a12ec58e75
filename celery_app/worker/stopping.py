"""Stopping without loss: a flag that the tasks see, and an end for those that do not look.

The flag is memory made before the fork, so every child shares it. SIGTERM goes to the worker's
main process alone; sent to the whole group it would end the children at once.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import threading
from collections.abc import Callable, Iterable
from typing import Any

from celery import signals

log = logging.getLogger(__name__)


class StopFlag:
    """A flag that is seen by every process forked after it was made. It is never lowered."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)

    @property
    def is_up(self) -> bool:
        return self._memory[0] != 0

    def lift(self) -> None:
        """Safe to repeat, from any process and from a signal handler."""
        self._memory[0] = 1


_flag = StopFlag()


def is_stopping() -> bool:
    """True once this worker was asked to stop; in every one of its processes."""
    return _flag.is_up


def end_on_request(grace_s: float, children: Callable[[], Iterable[int]]) -> None:
    """Raises the flag when Celery starts to shut down, and ends `children` after `grace_s`.

    Whoever is left by then keeps its lease: the video goes to another worker when it ends, and
    no death is counted against it.
    """

    def on_shutting_down(**_: Any) -> None:
        if not _flag.is_up:
            _flag.lift()
            timer = threading.Timer(grace_s, end_children, (children,))
            timer.daemon = True
            timer.start()

    signals.worker_shutting_down.connect(on_shutting_down, weak=False)


def end_children(children: Callable[[], Iterable[int]]) -> None:
    """SIGKILL for each child that is left."""
    left = sorted(children())
    if left:
        log.warning("the grace is over; ending children %s", left)
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
