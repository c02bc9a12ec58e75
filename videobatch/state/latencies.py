"""Durations, counted in buckets by the scripts that see the end of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from videobatch.state.commands import Commands
from videobatch.state.store import Store

# From a video's last start to its document, and from its batch's submission to its first start.
VIDEO, WAIT = "video", "wait"
# From a call's permit to its answer, by scope.
CALL = "call:"
BOUNDS_S = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, math.inf)


@dataclass(frozen=True, slots=True)
class Latency:
    """A histogram: `counts` has a number for each of BOUNDS_S, of those that took as long as that
    and longer than the bound before; `sum_s` is the seconds of all."""

    counts: tuple[int, ...]
    sum_s: float


def latencies(store: Store, names: list[str]) -> dict[str, Latency]:
    """The named ones, those without a count as well. Raises LedgerError if Redis is away."""

    def read(redis: Commands) -> list[Mapping[str, str]]:
        pipe = redis.pipeline(transaction=False)
        for name in names:
            pipe.hgetall(store.keys.latency(name))
        return pipe.execute()

    found = store.ask(read)
    return {name: _latency(fields) for name, fields in zip(names, found, strict=True)}


def _latency(fields: Mapping[str, str]) -> Latency:
    counts = tuple(int(fields.get(f"{bound:g}", 0)) for bound in BOUNDS_S)
    return Latency(counts, float(fields.get("sum", 0)))
