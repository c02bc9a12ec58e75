"""A rate that all processes of a host share, such as the bytes a second that uploads may take."""

from __future__ import annotations

import time
from collections.abc import Callable

from videobatch.state.store import Store

LOOK_S = 0.25


class Pace:
    """`take` blocks until so much may be used. Over any second all processes together stay within
    the rate and one taking; what nobody used earns no burst. Safe for threads."""

    def __init__(
        self,
        store: Store,
        name: str,
        per_s: float,
        *,
        check_stop: Callable[[], None] = lambda: None,
    ) -> None:
        """`check_stop` raises StoppingError when the worker is asked to stop."""
        self._store = store
        self._name = name
        self._per_s = per_s
        self._check_stop = check_stop

    def take(self, amount: int) -> None:
        """Waits for its turn. A repeat after a lost answer takes twice. Raises LedgerError."""
        wait_us: int = self._store.run("calls/pace", self._name, amount, self._per_s)
        until_s = time.monotonic() + wait_us / 1e6
        while (left_s := until_s - time.monotonic()) > 0:
            self._check_stop()
            time.sleep(min(left_s, LOOK_S))
