"""Clients with names, and a look at the server that they lead to."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from videobatch.state.outages import RECONNECT


def connect(url: str, name: str = "videobatch", *, timeout_s: float = 5.0) -> Redis:
    """A client that connects on first use; text in, text out.

    `name` shows in CLIENT LIST, so that a sweep can see whose connection is gone. It has no
    retry of its own: `Store.ask` is the only one. A connection that turns out to lead to a replica
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
