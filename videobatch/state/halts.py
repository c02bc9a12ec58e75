"""Tells whether a video that waits is still to be made: a person may have stopped it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from videobatch.errors import LedgerError
from videobatch.records import Claim
from videobatch.state.commands import Commands
from videobatch.state.store import Store

LOOK_EVERY_S = 2.0


class Halts:
    """Looks in the ledger every so many seconds, however many threads ask. Redis away means
    no: what waits goes on waiting. Safe for threads."""

    def __init__(
        self,
        store: Store,
        *,
        every_s: float = LOOK_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store.with_patience(0.0)
        self._every_s = every_s
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._is_over = False
        self._due_s = 0.0

    def is_over(self, claim: Claim | None) -> bool:
        """True once the video of this claim is halted, or another attempt's."""
        if claim is None:
            return False
        with self._lock:
            now_s = self._clock()
            if claim.token != self._token:
                # The claim itself looked just now.
                self._token, self._is_over, self._due_s = claim.token, False, now_s + self._every_s
            elif now_s >= self._due_s:
                self._due_s = now_s + self._every_s
                self._is_over = self._looked(claim)
            return self._is_over

    def _looked(self, claim: Claim) -> bool:
        keys = self._store.keys

        def read(redis: Commands) -> list[Any]:
            pipe = redis.pipeline(transaction=False)
            pipe.hmget(keys.video(claim.batch_id, claim.video_id), ["token", "halt"])
            pipe.hget(keys.batch(claim.batch_id), "halt")
            return pipe.execute()

        try:
            (token, halt), of_batch = self._store.ask(read)
        except LedgerError:
            return self._is_over
        return bool(token != str(claim.token) or halt is not None or of_batch == "1")
