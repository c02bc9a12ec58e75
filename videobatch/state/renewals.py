"""Leases that this process holds in Redis, renewed for as long as it lives."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from videobatch.errors import LedgerError

T = TypeVar("T", bound=Hashable)


class Renewals(Generic[T]):
    """Hands all that is held to `renew`, every so many seconds, from a thread that runs while there
    is anything. Safe for threads and across a fork: a child holds nothing."""

    def __init__(self, renew: Callable[[Sequence[T]], object], every_s: float, name: str) -> None:
        self._renew_all = renew
        self._every_s = every_s
        self._name = name
        self._held: dict[T, None] = {}
        self._lock = threading.Lock()
        # A renewal that is on its way must not come after the end of what it renews.
        self._renewing = threading.Lock()
        self._pid = os.getpid()
        self._thread: threading.Thread | None = None

    def add(self, held: T) -> None:
        """Holds it from now on."""
        with self._lock:
            if os.getpid() != self._pid:
                self._pid, self._thread = os.getpid(), None
                self._held.clear()
            self._held[held] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew, name=self._name, daemon=True)
                self._thread.start()

    def remove(self, held: T) -> None:
        """Ends its renewal, also one that is on its way. Safe to repeat."""
        with self._renewing, self._lock:
            self._held.pop(held, None)

    def _renew(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(self._every_s)
            with self._renewing:
                with self._lock:
                    held = list(self._held)
                    if not held:
                        self._thread = None
                        return
                # While Redis is away the next round may find it again, and then they count again.
                with contextlib.suppress(LedgerError):
                    self._renew_all(held)
