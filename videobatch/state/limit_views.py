"""The state of the limiter, for people: rates, calls in flight, and who waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from videobatch.state.commands import Commands
from videobatch.state.limits import FIRST_CEILING
from videobatch.state.store import Store

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


def scope_names(store: Store) -> list[str]:
    """The scopes that calls were made in."""
    return sorted(store.ask(lambda redis: redis.smembers(store.keys.limits)))


def limit_views(store: Store) -> list[LimitView]:
    """All scopes that calls were made in. Raises LedgerError if Redis is away."""
    scopes = scope_names(store)
    keys = store.keys

    def read(redis: Commands) -> list[LimitView]:
        seconds, micros = redis.time()
        now_ms = seconds * 1000 + micros / 1000
        pipe = redis.pipeline(transaction=False)
        for scope in scopes:
            pipe.hgetall(keys.limit(scope))
            pipe.zcount(keys.limit_flight(scope), now_ms, "+inf")
            pipe.zcard(keys.limit_queue(scope))
        found = pipe.execute()
        places = range(0, len(found), 3)
        return [
            _view(scope, found[n], found[n + 1], found[n + 2], now_ms)
            for scope, n in zip(scopes, places, strict=True)
        ]

    return store.ask(read)


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
