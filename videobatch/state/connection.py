"""The way to Redis: clients with names, and a retry that outlasts an outage."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_delay,
    wait_random_exponential,
)

from videobatch.errors import LedgerError
from videobatch.state.outages import RECONNECT, outage_of

T = TypeVar("T")

FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 0.5


def connect(url: str, name: str = "videobatch", *, timeout_s: float = 5.0) -> Redis:
    """A client that connects on first use; text in, text out.

    `name` shows in CLIENT LIST, so that a sweep can see whose connection is gone. It has no
    retry of its own: `patiently` is the only one. A connection that turns out to lead to a replica
    is closed, so that the next call looks up where the address leads now.
    """
    return Redis.from_url(
        url,
        decode_responses=True,
        client_name=name,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        health_check_interval=15,
        # No retries: what is named here only has the connection closed.
        retry=Retry(NoBackoff(), 0),
        retry_on_error=list(RECONNECT),
    )


def patiently(call: Callable[[], T], *, patience_s: float) -> T:
    """The call's answer, tried again for `patience_s` seconds while Redis is away, full, or says
    in another way that it cannot now (`outages.py`).

    The call must be safe to repeat: its first answer may have been lost on the way. Raises
    LedgerError when the time is over, or at once where waiting cannot help.
    """
    try:
        # Nearly always the first try succeeds, and needs none of what retries need.
        try:
            return call()
        except RedisError as error:
            if patience_s <= 0 or outage_of(error) is None:
                raise
        retrying = Retrying(
            retry=retry_if_exception(lambda error: outage_of(error) is not None),
            stop=stop_after_delay(patience_s),
            wait=wait_random_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S),
            reraise=True,
        )
        return retrying(call)
    except RedisError as error:
        raise in_words(error) from error


def in_words(error: RedisError) -> LedgerError:
    """The error as a person is told of it."""
    outage = outage_of(error)
    if outage is None:
        return LedgerError(f"Redis refused: {error}", code="redis_refused")
    return LedgerError(f"{outage.what}: {error}", hint=outage.hint, code=outage.code)


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
