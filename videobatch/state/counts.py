"""How much there is of everything, read in two round trips, for whoever draws it over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis

from videobatch.records import VideoState
from videobatch.state.connection import patiently
from videobatch.state.views import OPEN_STATES

FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Counts:
    """Batches by state (`finished`: none of its videos is open), videos by state, videos that
    somebody holds a lease of, messages that are published, dead letters, and the leader's name."""

    batches: Mapping[str, int]
    videos: Mapping[VideoState, int]
    leases: int
    messages: int
    dead_letters: int
    leader: str | None


def read_counts(client: Redis, prefix: str, *, patience_s: float = 5.0) -> Counts:
    """The counts as they stand. Raises LedgerError if Redis is away."""

    def read() -> Counts:
        ids = cast("list[str]", client.zrange(f"{prefix}:batches", 0, -1))
        pipe = client.pipeline(transaction=False)
        for batch_id in ids:
            fields = ["state", *(f"n:{state.value}" for state in VideoState)]
            pipe.hmget(f"{prefix}:batch:{batch_id}", fields)
        for name in ("leases", "hints", "dead"):
            pipe.zcard(f"{prefix}:{name}")
        pipe.hmget(f"{prefix}:leader", ["name", "until_ms"])
        pipe.time()
        *rows, leases, messages, dead_letters, leader, (seconds, _) = pipe.execute()
        return _counts(rows, leases, messages, dead_letters, _alive(leader, seconds))

    return patiently(read, patience_s=patience_s)


def _alive(leader: list[str | None], now_s: int) -> str | None:
    name, until_ms = leader
    return name if name and int(until_ms or 0) > now_s * 1000 else None


def _counts(
    rows: list[list[Any]], leases: int, messages: int, dead_letters: int, leader: str | None
) -> Counts:
    batches: Counter[str] = Counter()
    videos = dict.fromkeys(VideoState, 0)
    for state, *numbers in rows:
        by_state = dict(zip(VideoState, (int(n or 0) for n in numbers), strict=True))
        is_open = any(by_state[each] for each in OPEN_STATES)
        batches[str(state) if is_open else FINISHED] += 1
        for each, number in by_state.items():
            videos[each] += number
    return Counts(dict(batches), videos, leases, messages, dead_letters, leader)
