"""Folders of the output, each written to by one process of the fleet at a time."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import unquote

from videobatch.errors import LedgerError, TransientError
from videobatch.paths import SCHEME, display
from videobatch.state.ledger.part import LedgerPart

# How long a folder of the output is held at most without a sign of life, and waited for.
ORDER_S = 10.0
ORDER_WAIT_S = 5.0
ORDER_POLL_S = 0.02


class Folders(LedgerPart):
    """The right to write to a folder, and tickets that tell which reading is newer."""

    def ticket(self) -> int:
        """A number that is higher at each call: whoever reads after he got his sees all that
        holders of lower ones could see."""
        return int(self._run("ledger/ticket"))

    @contextmanager
    def order(
        self, folder_uri: str, *, wait_s: float = ORDER_WAIT_S
    ) -> Iterator[Callable[[], None]]:
        """Holds a folder of the output for the block, alone in the fleet; what it gives is called
        before each step that must not meet another's, and raises where the folder was lost.

        Raises TransientError (`folder_held`) if another one holds it for `wait_s`, and LedgerError.
        A holder that dies or stands still for 10 s has lost it.
        """
        folder = hashlib.sha256(self.places.to_ledger(folder_uri).encode()).hexdigest()[:32]
        holder, held_ms = secrets.token_hex(8), round(ORDER_S * 1000)
        deadline_s = time.monotonic() + wait_s
        while not self._run("ledger/order", folder, holder, held_ms, 1):
            if time.monotonic() >= deadline_s:
                raise _held_by_another(folder_uri)
            time.sleep(ORDER_POLL_S)
        prolonged_s = time.monotonic()

        def still_ours() -> None:
            nonlocal prolonged_s
            # A process that stood still asks again, and one that goes on seldom.
            if time.monotonic() - prolonged_s < ORDER_S / 10:
                return
            if not self._run("ledger/order", folder, holder, held_ms, 0):
                raise _held_by_another(folder_uri)
            prolonged_s = time.monotonic()

        try:
            yield still_ours
        finally:
            with suppress(LedgerError):
                self._run("ledger/order", folder, holder, 0, 0)


def _held_by_another(folder_uri: str) -> TransientError:
    return TransientError(
        f"another process writes to {display(unquote(folder_uri.removeprefix(SCHEME)))}",
        hint="it is tried again",
        code="folder_held",
    )
