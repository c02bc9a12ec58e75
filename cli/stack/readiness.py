"""Whether Redis answers, a worker takes messages from it and a controller leads."""

from __future__ import annotations

import redis


def redis_answers(url: str) -> bool:
    """True once the server has loaded its data and takes our password."""
    try:
        with redis.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def worker_consumes(url: str) -> bool:
    """True if somebody waits for messages on the queue: a worker that does not is not ready,
    whatever its process looks like."""
    try:
        with redis.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0) as client:
            return any(each.get("cmd") == "brpop" for each in client.client_list())
    except redis.RedisError:
        return False


def controller_leads(url: str, prefix: str) -> bool:
    """True if a controller holds the lead and the ledger knows what to publish."""
    try:
        with redis.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0) as client:
            seconds, _ = client.time()
            until_ms = client.hget(f"{prefix}:leader", "until_ms")
            publishes = client.hexists(f"{prefix}:publishing", "queue")
            return bool(publishes and until_ms and int(until_ms) > seconds * 1000)
    except redis.RedisError:
        return False
