"""Waiting for a condition, with a deadline and a reason."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

LOOK_EVERY_S = 0.01


def wait_for(
    condition: Callable[[], object],
    timeout_s: float,
    what: str,
    evidence: Callable[[], str] = str,
) -> float:
    """The seconds until `condition()` was true; AssertionError with `evidence()` if it never is."""
    started_s = time.monotonic()
    pause = threading.Event()
    while not condition():
        waited_s = time.monotonic() - started_s
        if waited_s > timeout_s:
            raise AssertionError(f"not within {timeout_s:g} s: {what}\n{evidence()}")
        pause.wait(LOOK_EVERY_S)
    return time.monotonic() - started_s
