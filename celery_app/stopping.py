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

_flag = mmap.mmap(-1, mmap.PAGESIZE)


def is_stopping() -> bool:
    """True once this worker was asked to stop; in every one of its processes."""
    return _flag[0] != 0


def begin_stopping() -> None:
    """Raises the flag. It is never lowered: the worker ends."""
    _flag[0] = 1


def end_on_request(grace_s: float, children: Callable[[], Iterable[int]]) -> None:
    """Raises the flag when Celery starts to shut down, and ends `children` after `grace_s`.

    Whoever is left by then keeps its lease: the video goes to another worker when it ends, and
    no death is counted against it.
    """

    def on_shutting_down(**_: Any) -> None:
        if not is_stopping():
            begin_stopping()
            timer = threading.Timer(grace_s, _end, (children,))
            timer.daemon = True
            timer.start()

    signals.worker_shutting_down.connect(on_shutting_down, weak=False)


def _end(children: Callable[[], Iterable[int]]) -> None:
    left = sorted(children())
    if left:
        log.warning("the grace is over; ending children %s", left)
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
