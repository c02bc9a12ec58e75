"""Workers whose connection is gone: their videos need not wait for the end of their leases.

The thread that renews a worker's leases has a connection of its own, named after the worker. A
worker whose name is missing in two looks, a second apart or more, is taken for dead; one that
lives but was cut off regains its videos, unless somebody has taken them. All that sweep look
together: what one has missed counts for the next, and nobody looks where another one just has.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from videobatch.state.beats import Beats
from videobatch.state.commands import Commands
from videobatch.state.ledger import Ledger, Swept

NAME = "leases:"
LOOKS_APART_S = 0.9
# A list of all connections is long where there are many workers, and each of them sweeps.
LOOK_EVERY_S = 0.2
MISSED_KEPT_S = 60
# After a restart of Redis everybody needs a moment to come back.
SETTLED_S = 5.0


def connection_name(worker: str) -> str:
    """The name of the connection by which a worker shows that it lives."""
    return f"{NAME}{worker}"


class Sweeper:
    """The sweep of a ledger, which also ends the leases of workers that are gone, and tells where
    Redis went back in time. Raises LedgerError if Redis is away."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        look_every_s: float = LOOK_EVERY_S,
        settled_s: float = SETTLED_S,
        now_s: Callable[[], float] | None = None,
    ) -> None:
        """`now_s` is Redis' clock where no other one is given."""
        store = ledger.store
        self._ledger = ledger
        self._store = store
        self._keys = store.keys
        self._look_every_ms = round(look_every_s * 1000)
        self._settled_s = settled_s
        self._now_s = now_s or store.now_s
        self._beats = Beats(store, secrets.token_hex(8))

    def sweep(self) -> Swept:
        """Does what `Ledger.sweep` does; what a dead worker held is pending again at once."""
        self._beats.look_and_tell()
        swept = self._ledger.sweep()
        gone = self._gone(set(swept.owners)) if swept.owners and self._takes_a_look() else []
        for worker in gone:
            self._ledger.expire(worker)
        return self._ledger.sweep() if gone else swept

    def _takes_a_look(self) -> bool:
        """False where somebody looked just now; else nobody looks again for a while."""
        looks_ms = self._look_every_ms
        return not looks_ms or bool(
            self._store.ask(lambda redis: redis.set(self._keys.presence, 1, nx=True, px=looks_ms))
        )

    def _gone(self, owners: set[str]) -> list[str]:
        now_s, missing = self._now_s(), self._missing(owners)
        before = self._store.ask(lambda redis: redis.hgetall(self._keys.missed))
        since_s = {worker: float(before.get(worker, now_s)) for worker in missing}
        if missing != set(before):
            self._store.ask(lambda redis: self._note(redis, since_s, before))
        gone = [worker for worker in missing if now_s - since_s[worker] >= LOOKS_APART_S]
        return sorted(gone) if gone and self._is_settled() else []

    def _note(
        self, redis: Commands, since_s: Mapping[str, float], before: Mapping[str, str]
    ) -> None:
        key, pipe = self._keys.missed, redis.pipeline(transaction=False)
        if back := before.keys() - since_s.keys():
            pipe.hdel(key, *back)
        for worker in since_s.keys() - before.keys():
            pipe.hset(key, worker, since_s[worker])
        pipe.expire(key, MISSED_KEPT_S)
        pipe.execute()

    def _missing(self, owners: set[str]) -> set[str]:
        if not owners:
            return set()
        clients = self._store.ask(lambda redis: redis.client_list())
        return owners - {each.get("name", "").removeprefix(NAME) for each in clients}

    def _is_settled(self) -> bool:
        server = self._store.ask(lambda redis: redis.info("server"))
        return float(server["uptime_in_seconds"]) >= self._settled_s
