"""Looks at a server by its URL: it answers, a worker takes messages from it, a controller leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from videobatch.errors import LedgerError
from videobatch.state.commands import Commands
from videobatch.state.connection import connect
from videobatch.state.keys import Keys
from videobatch.state.store import Store

TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class ServerLook:
    """A server's account of itself (INFO; empty where this user may not ask), or the fault that
    stands in the way; `is_refused` where that is the password."""

    info: Mapping[str, Any]
    fault: str | None = None
    is_refused: bool = False


def look_at_server(url: str, name: str, *, timeout_s: float = TIMEOUT_S) -> ServerLook:
    """The server behind the URL, asked once. Raises ValueError or TypeError for what is no URL;
    their text may repeat parts of the password."""
    try:
        with connect(url, name, timeout_s=timeout_s) as client:
            client.ping()
            return ServerLook(_info(client))
    except AuthenticationError as error:
        return ServerLook({}, str(error), is_refused=True)
    except RedisError as error:
        return ServerLook({}, str(error))


def redis_answers(url: str) -> bool:
    """True once the server has loaded its data and takes our password."""
    return _is_true(url, lambda redis: redis.ping())


def worker_consumes(url: str) -> bool:
    """True if somebody waits for messages on the queue: a worker that does not is not ready,
    whatever its process looks like."""
    return _is_true(
        url, lambda redis: any(each.get("cmd") == "brpop" for each in redis.client_list())
    )


def controller_leads(url: str, prefix: str) -> bool:
    """True if a controller holds the lead and the ledger knows what to publish."""
    keys = Keys(prefix)

    def leads(redis: Commands) -> bool:
        seconds, _ = redis.time()
        until_ms = redis.hget(keys.leader, "until_ms")
        publishes = redis.hexists(keys.publishing, "queue")
        return bool(publishes and until_ms and int(until_ms) > seconds * 1000)

    return _is_true(url, leads)


def _is_true(url: str, look: Callable[[Commands], bool]) -> bool:
    """False where Redis is away, too."""
    with connect(url, "readiness", timeout_s=TIMEOUT_S) as client:
        try:
            return Store(client, "", patience_s=0.0).ask(look)
        except LedgerError:
            return False


def _info(client: Redis) -> Mapping[str, Any]:
    try:
        info: Mapping[str, Any] = client.info()
    except ResponseError:  # This user may not ask.
        return {}
    return info
