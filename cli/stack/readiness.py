"""Checks that Redis answers, a worker takes messages from it and a controller leads."""

from __future__ import annotations

from collections.abc import Callable

from videobatch.errors import LedgerError
from videobatch.state.commands import Commands
from videobatch.state.connection import connect
from videobatch.state.keys import Keys
from videobatch.state.store import Store

TIMEOUT_S = 1.0


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
