"""Rows that Celery's transport leaves in Redis of processes that died, taken out after a while.

kombu notes for each exchange which queues are bound to it. Workers, Flower and whoever asks workers
something bind queues of their own, and take them back when they end in good order; of one that was
killed the row stays for ever. To broadcast exchanges the rows mean nothing: messages go to whoever
listens. Queues that are consumed are bound anew by kombu from time to time, so a row that was taken
out too early comes back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from videobatch.state.store import Store

# Events, commands to workers, and their answers.
EXCHANGES = ("celeryev", "celery.pidbox", "reply.celery.pidbox")
KEPT_S = 600.0
AT_ONCE = 500


class Bindings:
    """The rows of exchanges on which each process has a queue of its own. For one thread."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._keys = [self._store.keys.bindings(exchange) for exchange in EXCHANGES]
        self._clock = clock
        self._seen_s: dict[tuple[str, str], float] = {}

    def prune(self) -> int:
        """Takes out what has stood there for ten minutes; the number of rows. Raises LedgerError
        if Redis is away. Safe to repeat."""
        now_s = self._clock()
        rows = {(key, row) for key in self._keys for row in self._rows(key)}
        self._seen_s = {each: self._seen_s.get(each, now_s) for each in rows}
        old = [each for each, since_s in self._seen_s.items() if now_s - since_s >= KEPT_S]
        for key in self._keys:
            mine = [row for of, row in old if of == key]
            for start in range(0, len(mine), AT_ONCE):
                self._take_out(key, mine[start : start + AT_ONCE])
        for each in old:
            del self._seen_s[each]
        return len(old)

    def _take_out(self, key: str, rows: Sequence[str]) -> None:
        self._store.ask(lambda redis: redis.srem(key, *rows))

    def _rows(self, key: str) -> set[str]:
        found: set[str] = set()
        cursor = 0
        while True:
            cursor, some = self._page(key, cursor)
            found.update(some)
            if cursor == 0:
                return found

    def _page(self, key: str, cursor: int) -> tuple[int, list[str]]:
        return self._store.ask(lambda redis: redis.sscan(key, cursor, count=AT_ONCE))
