"""The one way to Redis: what is asked of it, with patience, under the names of keys.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from redis import Redis
from redis.commands.core import Script

from videobatch.state.commands import Commands, Value
from videobatch.state.connection import patiently
from videobatch.state.keys import Keys
from videobatch.state.scripts import source

T = TypeVar("T")


class Store:
    """A client, the names of its keys under one prefix, and for how long a Redis is waited for
    that is away. Safe for threads, and across a fork as far as the client is."""

    def __init__(self, client: Redis, prefix: str, *, patience_s: float) -> None:
        # redis-py's answers have no types that a caller could use: from here on they have.
        untyped: Any = client
        self._redis: Commands = untyped
        self._client = client
        self._scripts: dict[str, Script] = {}
        self.keys = Keys(prefix)
        self.patience_s = patience_s

    def with_patience(self, patience_s: float) -> Store:
        """The same store for somebody who waits longer, or not at all."""
        return Store(self._client, self.keys.prefix, patience_s=patience_s)

    def ask(self, call: Callable[[Commands], T]) -> T:
        """The call's answer, tried again for `patience_s` seconds while Redis is away, full, or
        says in another way that it cannot now (`outages.py`).

        The call must be safe to repeat: its first answer may have been lost on the way. Raises
        LedgerError when the time is over, or at once where waiting cannot help.
        """
        return patiently(lambda: call(self._redis), patience_s=self.patience_s)

    def run(self, script: str, *args: Value) -> Any:
        """The answer of a script of `lua/`, which is named as it lies there: "ledger/claim".
        Patient as `ask` is."""
        found = self._scripts.get(script)
        if found is None:
            found = self._scripts[script] = self._client.register_script(source(script))
        return self.ask(lambda _: found(keys=[self.keys.prefix], args=args))

    def now_s(self) -> float:
        """Redis' clock, Unix seconds."""
        seconds, micros = self.ask(lambda redis: redis.time())
        return float(seconds) + float(micros) / 1e6
