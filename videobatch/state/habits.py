"""Habits of servers, learned from what they would not take for a model, for all workers."""

from __future__ import annotations

import hashlib
import threading
import time

from videobatch.state.commands import Commands
from videobatch.state.store import Store

# A server may be brought up to date: after a week it is asked again.
KEPT_S = 7 * 24 * 3600
# What other processes learned is looked for so often.
LOOK_S = 30.0


class RedisHabits:
    """Satisfies `ports.Habits`: the set `P:habits:<hash of server and model>`, which ends a week
    after the last one was learned. Safe for threads. Each call raises LedgerError once Redis was
    away for too long."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, tuple[float, frozenset[str]]] = {}
        self._lock = threading.Lock()

    def known(self, server: str, model: str) -> frozenset[str]:
        """The habits of the server with the model; half a minute old at most."""
        key = self._key(server, model)
        with self._lock:
            looked_s, found = self._seen.get(key, (float("-inf"), frozenset()))
        if time.monotonic() - looked_s < LOOK_S:
            return found
        fresh: frozenset[str] = frozenset(self._store.ask(lambda redis: redis.smembers(key)))
        with self._lock:
            self._seen[key] = time.monotonic(), fresh
        return fresh

    def learn(self, server: str, model: str, habit: str) -> None:
        """Remembers one more. Safe to repeat."""
        key = self._key(server, model)

        def add(redis: Commands) -> None:
            pipe = redis.pipeline(transaction=True)
            pipe.sadd(key, habit)
            pipe.expire(key, KEPT_S)
            pipe.execute()

        self._store.ask(add)
        with self._lock:
            looked_s, found = self._seen.get(key, (time.monotonic(), frozenset()))
            self._seen[key] = looked_s, found | {habit}

    def _key(self, server: str, model: str) -> str:
        digest = hashlib.sha256(f"{server} {model}".encode()).hexdigest()[:16]
        return self._store.keys.habits(digest)
