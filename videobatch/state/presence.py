"""Workers whose connection is gone: their videos need not wait for the end of their leases.

The thread that renews a worker's leases has a connection of its own, named after the worker. A
worker whose name is missing in two looks, a second apart or more, is taken for dead; one that
lives but was cut off regains its videos, unless somebody has taken them. All that sweep look
together: what one has missed counts for the next, and nobody looks where another one just has.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cached_property

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


class SweepingLedger(Ledger):
    """A ledger whose sweep also ends the leases of workers that are gone, and tells where Redis
    went back in time."""

    def sweep(self) -> Swept:
        """As `Ledger.sweep`; what a dead worker held is pending again at once."""
        self._beats.look_and_tell()
        swept = super().sweep()
        gone = self._gone(set(swept.owners)) if swept.owners and self._may_look() else []
        for worker in gone:
            self.expire(worker)
        return super().sweep() if gone else swept

    @cached_property
    def _beats(self) -> Beats:
        life = secrets.token_hex(8)
        return Beats(self.client, self.prefix, life, patience_s=self.patience_s)

    def _may_look(self) -> bool:
        """True unless somebody looked just now."""
        looks_ms, key = round(LOOK_EVERY_S * 1000), self.store.keys.presence
        return not looks_ms or bool(
            self.store.ask(lambda redis: redis.set(key, 1, nx=True, px=looks_ms))
        )

    def _gone(self, owners: set[str]) -> list[str]:
        now_s, missing = self._now_s(), self._missing(owners)
        before = self.store.ask(lambda redis: redis.hgetall(self.store.keys.missed))
        since_s = {worker: float(before.get(worker, now_s)) for worker in missing}
        if missing != set(before):
            self.store.ask(lambda redis: self._note(redis, since_s, before))
        gone = [worker for worker in missing if now_s - since_s[worker] >= LOOKS_APART_S]
        return sorted(gone) if gone and self._is_settled() else []

    def _note(
        self, redis: Commands, since_s: Mapping[str, float], before: Mapping[str, str]
    ) -> None:
        key, pipe = self.store.keys.missed, redis.pipeline(transaction=False)
        if back := before.keys() - since_s.keys():
            pipe.hdel(key, *back)
        for worker in since_s.keys() - before.keys():
            pipe.hset(key, worker, since_s[worker])
        pipe.expire(key, MISSED_KEPT_S)
        pipe.execute()

    def _now_s(self) -> float:
        return self.store.now_s()

    def _missing(self, owners: set[str]) -> set[str]:
        if not owners:
            return set()
        clients = self.store.ask(lambda redis: redis.client_list())
        return owners - {each.get("name", "").removeprefix(NAME) for each in clients}

    def _is_settled(self) -> bool:
        server = self.store.ask(lambda redis: redis.info("server"))
        return float(server["uptime_in_seconds"]) >= SETTLED_S
