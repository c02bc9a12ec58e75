"""The calls that this process has out, kept alive in Redis for as long as it lives."""

from __future__ import annotations

import os
import threading

from redis.exceptions import RedisError

from videobatch.state.scripts import Scripts

# What a process that died had out counts as in flight no longer than this.
LIFE_S = 15.0
RENEWALS = 3


class Flights:
    """Renews the permits of one scope from a thread that runs while there are any.

    With `life_s` nothing is renewed, and what is out counts for so long. Safe for threads and
    across a fork: a child has nothing out.
    """

    def __init__(self, scripts: Scripts, scope: str, life_s: float | None = None) -> None:
        self.life_ms = round((life_s or LIFE_S) * 1000)
        self._renews = life_s is None
        self._scripts = scripts
        self._scope = scope
        self._out: set[str] = set()
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._thread: threading.Thread | None = None

    def add(self, permit_id: str) -> None:
        """A call is out from now on."""
        if not self._renews:
            return
        with self._lock:
            if os.getpid() != self._pid:
                self._pid, self._thread = os.getpid(), None
                self._out.clear()
            self._out.add(permit_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew, name="flights", daemon=True)
                self._thread.start()

    def remove(self, permit_id: str) -> None:
        """It is back. Safe to repeat."""
        with self._lock:
            self._out.discard(permit_id)

    def _renew(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(self.life_ms / 1000 / RENEWALS)
            with self._lock:
                out = sorted(self._out)
                if not out:
                    self._thread = None
                    return
            try:
                self._scripts.run("renew_flights", [self._scope, self.life_ms, *out])
            except RedisError:
                # Redis is away: the next round may find it again, and then they count again.
                continue
