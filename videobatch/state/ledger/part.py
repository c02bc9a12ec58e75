"""The common ground of the ledger's parts: a store, this machine's places, a lease's length."""

from __future__ import annotations

from typing import Any

from videobatch.errors import LedgerError
from videobatch.paths import Places
from videobatch.state.commands import Value
from videobatch.state.store import Store
from videobatch.state.versions import agree, is_of_another_version

LEASE_S = 10.0
YOUNG_S = 20.0


class LedgerPart:
    """Writes to the ledger, under one key prefix.

    A call waits for a Redis that is away as long as the `store` does, and raises LedgerError after
    that. `young_s` is how long a video takes to take all of its memory. `places` tells where this
    machine has what the ledger names; callers use this machine's names.
    """

    def __init__(
        self,
        store: Store,
        *,
        lease_s: float = LEASE_S,
        young_s: float = YOUNG_S,
        places: Places | None = None,
    ) -> None:
        self.store = store
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
            agree(self.store)
            return self.store.run(script, *args)
