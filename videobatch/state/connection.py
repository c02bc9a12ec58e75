"""The way to Redis: clients with names, and a retry that outlasts an outage."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from redis import Redis
from redis.exceptions import (
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_delay,
    wait_random_exponential,
)

from videobatch.errors import LedgerError

T = TypeVar("T")

AWAY = (RedisConnectionError, RedisTimeoutError, BusyLoadingError, ReadOnlyError)
FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 0.5


def connect(url: str, name: str = "videobatch", *, timeout_s: float = 5.0) -> Redis:
    """A client that connects on first use; text in, text out.

    `name` shows in CLIENT LIST, so that a sweep can see whose connection is gone. It has no
    retry of its own: `patiently` is the only one.
    """
    return Redis.from_url(
        url,
        decode_responses=True,
        client_name=name,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        health_check_interval=15,
        retry=None,
    )


def patiently(call: Callable[[], T], *, patience_s: float, when_full: bool = False) -> T:
    """The call's answer, tried again for `patience_s` seconds while Redis is away, and with
    `when_full` while its memory or its disk is full.

    The call must be safe to repeat: its first answer may have been lost on the way. Raises
    LedgerError when the time is over, or at once where waiting cannot help.
    """

    def may_pass(error: BaseException) -> bool:
        return isinstance(error, AWAY) or (when_full and _is_full(error))

    try:
        # Nearly always the first try succeeds, and needs none of what retries need.
        try:
            return call()
        except RedisError as error:
            if patience_s <= 0 or not may_pass(error):
                raise
        retrying = Retrying(
            retry=retry_if_exception(may_pass),
            stop=stop_after_delay(patience_s),
            wait=wait_random_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S),
            reraise=True,
        )
        return retrying(call)
    except AWAY as error:
        raise LedgerError(
            f"Redis does not answer: {error}",
            hint="start it (videobatch up), or check VIDEOBATCH_REDIS_URL",
            code="redis_away",
        ) from error
    except RedisError as error:
        if _is_full(error):
            raise LedgerError(
                f"Redis takes no more writes: {error}",
                hint="make room on its disk or raise its maxmemory; running work waits for it",
                code="redis_full",
            ) from error
        raise LedgerError(f"Redis refused: {error}", code="redis_refused") from error


def refuse_eviction(client: Redis) -> None:
    """Raises LedgerError (`redis_evicts`) for a Redis that throws keys away when it is full: what
    was accepted could be lost. One that is away, or does not tell, is let pass."""
    try:
        memory = client.info("memory")
    except RedisError:
        return
    policy = memory.get("maxmemory_policy", "noeviction")
    if int(memory.get("maxmemory", 0)) and policy != "noeviction":
        raise LedgerError(
            f"Redis would throw away what it knows when it is full (maxmemory-policy {policy})",
            hint="set its maxmemory-policy to noeviction",
            code="redis_evicts",
        )


def _is_full(error: BaseException) -> bool:
    """Out of memory (noeviction), or MISCONF: the append-only file cannot be written."""
    return isinstance(error, OutOfMemoryError) or str(error).startswith("MISCONF")
