"""Counts of everything, read in one round trip, for whoever draws them over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from videobatch.records import VideoState
from videobatch.state.commands import Commands
from videobatch.state.store import Store

LISTED = ("open", "paused", "cancelled")
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


def read_counts(store: Store) -> Counts:
    """The counts as they stand. Raises LedgerError if Redis is away."""

    keys = store.keys

    def read(redis: Commands) -> Counts:
        pipe = redis.pipeline(transaction=False)
        pipe.hgetall(keys.totals)
        for state in LISTED:
            pipe.scard(keys.batches_in(state))
        for key in (keys.batches, keys.leases, keys.hints, keys.dead):
            pipe.zcard(key)
        pipe.hmget(keys.leader, ["name", "until_ms"])
        pipe.time()
        totals, *listed, batches, leases, messages, dead, leader, (seconds, _) = pipe.execute()
        by_state = {state: n for state, n in zip(LISTED, listed, strict=True) if n}
        if batches > sum(listed):
            by_state[FINISHED] = batches - sum(listed)
        videos = {state: int(totals.get(f"n:{state.value}", 0)) for state in VideoState}
        return Counts(by_state, videos, leases, messages, dead, _alive(leader, seconds))

    return store.ask(read)


def _alive(leader: list[str | None], now_s: int) -> str | None:
    name, until_ms = leader
    return name if name and int(until_ms or 0) > now_s * 1000 else None
