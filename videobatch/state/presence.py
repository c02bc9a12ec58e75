"""Workers whose connection is gone: their videos need not wait for the end of their leases.

The thread that renews a worker's leases has a connection of its own, named after the worker. A
worker whose name is missing in two looks, a second apart or more, is taken for dead; one that
lives but was cut off regains its videos, unless somebody has taken them.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, cast

from videobatch.state.beats import Beats
from videobatch.state.connection import patiently
from videobatch.state.ledger import Ledger, Swept

NAME = "leases:"
LOOKS_APART_S = 0.9
# After a restart of Redis everybody needs a moment to come back.
SETTLED_S = 5.0


def connection_name(worker: str) -> str:
    """The name of the connection by which a worker shows that it lives."""
    return f"{NAME}{worker}"


class SweepingLedger(Ledger):
    """A ledger whose sweep also ends the leases of workers that are gone, and tells where Redis
    went back in time."""

    _clock: Callable[[], float] = staticmethod(time.monotonic)
    _missing_since_s: dict[str, float] | None = None

    def sweep(self) -> Swept:
        """As `Ledger.sweep`; what a dead worker held is pending again at once."""
        self._beats.look_and_tell()
        swept = super().sweep()
        gone = self._gone(swept.owners)
        for worker in gone:
            self.expire(worker)
        return super().sweep() if gone else swept

    @cached_property
    def _beats(self) -> Beats:
        life = secrets.token_hex(8)
        return Beats(self.client, self.prefix, life, patience_s=self.patience_s)

    def _gone(self, owners: Iterable[str]) -> list[str]:
        missing = self._missing(set(owners))
        now_s, before = self._clock(), self._missing_since_s or {}
        self._missing_since_s = {worker: before.get(worker, now_s) for worker in missing}
        since = self._missing_since_s
        gone = [worker for worker in missing if now_s - since[worker] >= LOOKS_APART_S]
        return sorted(gone) if gone and self._is_settled() else []

    def _missing(self, owners: set[str]) -> set[str]:
        if not owners:
            return set()
        clients = self._ask(lambda: cast("list[dict[str, Any]]", self.client.client_list()))
        return owners - {str(each.get("name", "")).removeprefix(NAME) for each in clients}

    def _is_settled(self) -> bool:
        server = self._ask(lambda: self.client.info("server"))
        return float(server["uptime_in_seconds"]) >= SETTLED_S

    def _ask(self, call: Callable[[], Any]) -> Any:
        return patiently(call, patience_s=self.patience_s)
