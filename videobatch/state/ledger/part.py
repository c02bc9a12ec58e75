"""The common ground of the ledger's parts: a store, this machine's places, a lease's length."""

from __future__ import annotations

from typing import Any

from redis import Redis

from videobatch.errors import LedgerError
from videobatch.paths import Places
from videobatch.state.commands import Value
from videobatch.state.store import Store
from videobatch.state.versions import agree, is_of_another_version

LEASE_S = 10.0
YOUNG_S = 20.0


class LedgerPart:
    """Writes to the ledger, under one key prefix.

    `patience_s` is how long a call waits for a Redis that is away: short for a person at a
    terminal, long for a running task. Every method raises LedgerError after that. `young_s` is how
    long a video takes to take all of its memory. `places` tells where this machine has what the
    ledger names; callers use this machine's names.
    """

    def __init__(
        self,
        client: Redis,
        prefix: str,
        *,
        patience_s: float = 60.0,
        lease_s: float = LEASE_S,
        young_s: float = YOUNG_S,
        places: Places | None = None,
    ) -> None:
        self.client = client
        self.prefix = prefix
        self.patience_s = patience_s
        self.store = Store(client, prefix, patience_s=patience_s)
        self._lease_ms = round(lease_s * 1000)
        self._young_ms = round(young_s * 1000)
        self.places = places or Places()

    def _run(self, script: str, *args: Value) -> Any:
        """The answer of a script; one that refuses the version in force is run again once that is
        agreed on."""
        try:
            return self.store.run(script, *args)
        except LedgerError as error:
            if not is_of_another_version(error):
                raise
            # It came back from a backup of before, or Redis was away when this process began.
            agree(self.client, self.prefix, patience_s=self.patience_s)
            return self.store.run(script, *args)
