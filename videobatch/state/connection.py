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
    retry_if_exception_type,
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


def patiently(call: Callable[[], T], *, patience_s: float) -> T:
    """The call's answer, tried again for `patience_s` seconds while Redis is away.

    The call must be safe to repeat: its first answer may have been lost on the way. Raises
    LedgerError when the time is over, or at once where waiting cannot help.
    """
    retrying = Retrying(
        retry=retry_if_exception_type(AWAY),
        stop=stop_after_delay(patience_s),
        wait=wait_random_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S),
        reraise=True,
    )
    try:
        return retrying(call)
    except AWAY as error:
        raise LedgerError(
            f"Redis does not answer: {error}",
            hint="start it (videobatch up), or check VIDEOBATCH_REDIS_URL",
            code="redis_away",
        ) from error
    except OutOfMemoryError as error:
        raise LedgerError(
            "Redis is full and takes no more writes",
            hint="raise its maxmemory, or remove batches that are not needed any more",
            code="redis_full",
        ) from error
    except RedisError as error:
        raise LedgerError(f"Redis refused: {error}", code="redis_refused") from error
