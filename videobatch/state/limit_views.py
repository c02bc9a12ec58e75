"""What the limiter knows, for people: rates, calls in flight, and who waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from redis import Redis

from videobatch.state.connection import patiently
from videobatch.state.limits import FIRST_CEILING, SCOPES

REQUESTS = "requests_min"


@dataclass(frozen=True, slots=True)
class LimitView:
    """One scope. `per_min` is the rate of requests that the server told (None: it did not), `left`
    what was left of it at the last look; of `ceiling` calls `in_flight` are out, and `waiting` wait
    for a permit; nobody is let through for `gate_s` seconds more."""

    scope: str
    per_min: float | None
    left: float | None
    in_flight: int
    ceiling: int
    waiting: int
    gate_s: float


def scope_names(client: Redis, prefix: str, *, patience_s: float = 5.0) -> list[str]:
    """The scopes that calls were made in."""

    def read() -> list[str]:
        return sorted(cast("set[str]", client.smembers(f"{prefix}:{SCOPES}")))

    return patiently(read, patience_s=patience_s)


def limit_views(client: Redis, prefix: str, *, patience_s: float = 5.0) -> list[LimitView]:
    """All scopes that calls were made in. Raises LedgerError if Redis is away."""

    scopes = scope_names(client, prefix, patience_s=patience_s)

    def read() -> list[LimitView]:
        seconds, micros = client.time()
        now_ms = seconds * 1000 + micros / 1000
        pipe = client.pipeline(transaction=False)
        for scope in scopes:
            key = f"{prefix}:limit:{scope}"
            pipe.hgetall(key)
            pipe.zcount(f"{key}:flight", now_ms, "+inf")
            pipe.zcard(f"{key}:queue")
        found = pipe.execute()
        places = range(0, len(found), 3)
        return [
            _view(scope, found[n], found[n + 1], found[n + 2], now_ms)
            for scope, n in zip(scopes, places, strict=True)
        ]

    return patiently(read, patience_s=patience_s)


def _view(
    scope: str, state: Mapping[str, str], in_flight: int, waiting: int, now_ms: float
) -> LimitView:
    limit, level = state.get(f"limit:{REQUESTS}"), state.get(f"level:{REQUESTS}")
    return LimitView(
        scope=scope,
        per_min=None if limit is None else float(limit),
        left=None if level is None else max(0.0, float(level)),
        in_flight=in_flight,
        ceiling=int(state.get("ceiling", FIRST_CEILING)),
        waiting=waiting,
        gate_s=max(0.0, float(state.get("gate_ms", 0)) - now_ms) / 1000,
    )
