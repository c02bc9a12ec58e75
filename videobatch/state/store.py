"""The one way to Redis: it is asked with patience, under the names of `keys.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from videobatch.errors import LedgerError
from videobatch.state.commands import Commands, Value
from videobatch.state.keys import Keys
from videobatch.state.outages import outage_of
from videobatch.state.scripts import source

if TYPE_CHECKING:
    from tenacity import Retrying

T = TypeVar("T")

FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 0.5
# For a person at a terminal; a running task waits longer.
PATIENCE_S = 5.0


class Store:
    """A client, the names of its keys under one prefix, and for how long a Redis is waited for
    that is away. Safe for threads, and across a fork as far as the client is."""

    def __init__(self, client: Redis, prefix: str, *, patience_s: float = PATIENCE_S) -> None:
        # redis-py's answers have no types that a caller could use: from here on they have.
        untyped: Any = client
        self._redis: Commands = untyped
        self.client = client
        self._scripts: dict[str, Script] = {}
        self.keys = Keys(prefix)
        self.patience_s = patience_s

    def with_patience(self, patience_s: float) -> Store:
        """The same store for somebody who waits longer, or not at all."""
        return Store(self.client, self.keys.prefix, patience_s=patience_s)

    def ask(self, call: Callable[[Commands], T]) -> T:
        """The call's answer, tried again for `patience_s` seconds while Redis is away, full, or
        says in another way that it cannot now (`outages.py`).

        The call must be safe to repeat: its first answer may have been lost on the way. Raises
        LedgerError when the time is over, or at once where waiting cannot help.
        """
        try:
            # Nearly always the first try succeeds, and needs none of what retries need.
            try:
                return call(self._redis)
            except RedisError as error:
                if self.patience_s <= 0 or outage_of(error) is None:
                    raise
            return _retrying(self.patience_s)(call, self._redis)
        except RedisError as error:
            raise _in_words(error) from error

    def run(self, script: str, *args: Value) -> Any:
        """The answer of a script of `lua/`, which is named as it lies there: "ledger/claim".
        Patient as `ask` is."""
        found = self._scripts.get(script)
        if found is None:
            found = self._scripts[script] = self.client.register_script(source(script))
        return self.ask(lambda _: found(keys=[self.keys.prefix], args=args))

    def now_s(self) -> float:
        """Redis' clock, Unix seconds."""
        seconds, micros = self.ask(lambda redis: redis.time())
        return float(seconds) + float(micros) / 1e6


def refuse_eviction(store: Store) -> None:
    """Raises LedgerError (`redis_evicts`) for a Redis that throws keys away when it is full: what
    was accepted could be lost. One that is away, or does not tell, is let pass."""
    try:
        memory = store.with_patience(0.0).ask(lambda redis: redis.info("memory"))
    except LedgerError:
        return
    policy = memory.get("maxmemory_policy", "noeviction")
    if int(memory.get("maxmemory", 0)) and policy != "noeviction":
        raise LedgerError(
            f"Redis would throw away what it knows when it is full (maxmemory-policy {policy})",
            hint="set its maxmemory-policy to noeviction",
            code="redis_evicts",
        )


def _retrying(patience_s: float) -> Retrying:
    """Tries again for so long while Redis is away."""
    # Whoever starts, and finds Redis there, need not load it.
    from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

    return Retrying(
        retry=retry_if_exception(lambda error: outage_of(error) is not None),
        stop=stop_after_delay(patience_s),
        wait=wait_random_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S),
        reraise=True,
    )


def _in_words(error: RedisError) -> LedgerError:
    """The error as a person is told of it."""
    outage = outage_of(error)
    if outage is None:
        return LedgerError(f"Redis refused: {error}", code="redis_refused")
    return LedgerError(f"{outage.what}: {error}", hint=outage.hint, code=outage.code)
