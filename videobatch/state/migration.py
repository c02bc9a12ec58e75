"""A ledger of an older version, brought up to date in steps that hold up nobody.

A step reads and writes a page of it, and does no harm where it is repeated: a process that ends in
between leaves it to the next one. Nothing may work on the ledger meanwhile: `versions.py` sees to
that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from videobatch.records import FINAL_STATES, PERSON, Pause, VideoState, to_json
from videobatch.state.commands import Commands
from videobatch.state.keys import Keys, ids_of, member
from videobatch.state.kinds import DEFAULT_KIND, need_kind

PAGE = 500
# As in `_states.lua`.
LEFT_MS = 7 * 24 * 3600 * 1000
_LEAVE = frozenset({VideoState.FAILED, VideoState.DEAD, VideoState.CANCELLED})
_ENGINES_KINDS = frozenset({"disk_full", "budget"})
Migration = Callable[[Commands, Keys, Callable[[], object]], None]


def to_version_2(redis: Commands, keys: Keys, still_here: Callable[[], object]) -> None:
    """Raises version 1: the list of finished videos has places, pending ones stand on shelves by
    their kind, and what a round of the controller needs is counted beside. `still_here` is called
    after each page. Raises redis.RedisError. Safe to repeat."""
    _ToVersion2(redis, keys, still_here).run()


MIGRATIONS: Mapping[int, Migration] = {1: to_version_2}
"""The step from each version of the ledger to the next."""


@dataclass(slots=True)
class _ToVersion2:
    redis: Commands
    keys: Keys
    still_here: Callable[[], object]
    totals: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        self._forget_what_is_derived()
        for batch_id in self._members(self.keys.batches):
            self._number_the_finished(batch_id)
            for page in self._pages(self.keys.videos(batch_id)):
                self._shelve(batch_id, page)
            self._list_batch(batch_id)
            self.redis.unlink(self.keys.pending_v1(batch_id))
        self._count_owners()
        for name, count in self.totals.items():
            self.redis.hset(self.keys.totals, name, count)

    def _pages(self, key: str) -> Iterator[list[str]]:
        """The members of a sorted set, a page at a time."""
        start = 0
        while page := self.redis.zrange(key, start, start + PAGE - 1):
            yield page
            self.still_here()
            start += PAGE

    def _members(self, key: str) -> Iterator[str]:
        for page in self._pages(key):
            yield from page

    def _forget_what_is_derived(self) -> None:
        """Removes what a migration that was cut off has counted and listed."""
        keys = self.keys
        turns = [keys.turns_on(shelf) for shelf in self.redis.smembers(keys.shelves)]
        lists = [keys.batches_in(state) for state in ("open", "paused", "cancelled")]
        self.redis.unlink(keys.totals, keys.owners, keys.shelves, *lists, *turns)

    def _number_the_finished(self, batch_id: str) -> None:
        """The list of finished videos, with a place for each; later ends come behind."""
        key, made = self.keys.finished(batch_id), self.keys.finished_v2(batch_id)
        if self.redis.type(key) != "list":
            return
        self.redis.unlink(made)
        batch = self.keys.batch(batch_id)
        place = int(self.redis.hget(batch, "created_ms") or 0) * 1000
        start = 0
        while page := self.redis.lrange(key, start, start + PAGE - 1):
            self.redis.zadd(made, {video: place + 1 + n for n, video in enumerate(page)})
            place += len(page)
            start += PAGE
            self.still_here()
        self.redis.hset(batch, "ended", place)
        self.redis.rename(made, key)

    def _shelve(self, batch_id: str, videos: list[str]) -> None:
        """Gives a page of videos their kinds, and those that wait their places."""
        keys = self.keys
        pipe = self.redis.pipeline(transaction=False)
        for video_id in videos:
            pipe.hmget(keys.video(batch_id, video_id), ["state", "need", "rank", "kind"])
        for video_id in videos:
            pipe.zscore(keys.hints, member(batch_id, video_id))
        found = pipe.execute()
        rows, hinted = found[: len(videos)], found[len(videos) :]
        due_ms = int(self.redis.time()[0]) * 1000 + LEFT_MS
        pipe = self.redis.pipeline(transaction=False)
        for video_id, (state, need, rank, known), score in zip(videos, rows, hinted, strict=True):
            kind = known or need_kind(DEFAULT_KIND, int(float(need or 0)))
            key = keys.video(batch_id, video_id)
            pipe.hset(key, "kind", kind)
            pipe.hdel(key, "need")
            if need:
                pipe.unlink(keys.need(need), keys.needs(need))
            if state == VideoState.PENDING:
                shelf = f"{kind}:{'new' if score is None else 'hinted'}"
                pipe.zadd(keys.shelf(shelf, batch_id), {video_id: float(rank or 0)})
                pipe.sadd(keys.kinds(batch_id), kind)
            elif state == VideoState.WAITING:
                pipe.sadd(keys.waiting_of(batch_id), video_id)
            elif state in _LEAVE:
                # Nobody had put a date to what its attempts left.
                pipe.zadd(keys.leftovers, {member(batch_id, video_id): due_ms})
                pipe.pexpire(keys.checkpoints(batch_id, video_id), LEFT_MS)
        pipe.execute()

    def _list_batch(self, batch_id: str) -> None:
        """Lists and counts the batch where its state has it, and gives it its turns."""
        key = self.keys.batch(batch_id)
        fields = self.redis.hgetall(key)
        counts = {state: int(fields.get(f"n:{state.value}", 0)) for state in VideoState}
        self.totals.update({f"n:{state.value}": n for state, n in counts.items() if n})
        is_over = not any(n for state, n in counts.items() if state not in FINAL_STATES)
        listed = "finished" if is_over else fields.get("state", "open")
        ready = counts[VideoState.PENDING] if fields.get("state") == "open" else 0
        if not is_over:
            self.redis.sadd(self.keys.batches_in(listed), batch_id)
        if ready:
            self.totals["ready"] += ready
            self._give_turns(batch_id)
        if fields.get("state") == "paused" and fields.get("reason") is not None:
            pause = _pause(fields)
            self.redis.hset(key, f"pause:{pause.cause}", to_json(pause))
        self.redis.hset(key, mapping={"list": listed, "ready": ready})
        self.redis.hdel(key, "reason", "resume_ms")

    def _give_turns(self, batch_id: str) -> None:
        keys = self.keys
        self.redis.zadd(keys.turns, {batch_id: 0}, nx=True)
        turn = self.redis.zscore(keys.turns, batch_id) or 0.0
        for kind in self.redis.smembers(keys.kinds(batch_id)):
            for shelf in (f"{kind}:new", f"{kind}:hinted"):
                if self.redis.exists(keys.shelf(shelf, batch_id)):
                    self.redis.zadd(keys.turns_on(shelf), {batch_id: turn})
                    self.redis.sadd(keys.shelves, shelf)

    def _count_owners(self) -> None:
        for page in self._pages(self.keys.leases):
            pipe = self.redis.pipeline(transaction=False)
            for name in page:
                pipe.hget(self.keys.video(*ids_of(name)), "owner")
            owners: list[Any] = pipe.execute()
            for owner, n in Counter(owner for owner in owners if owner).items():
                self.redis.hincrby(self.keys.owners, owner, n)


def _pause(fields: Mapping[str, str]) -> Pause:
    """The one reason of version 1, which stood in words."""
    kind, _, message = fields["reason"].partition(": ")
    if kind not in _ENGINES_KINDS:
        return Pause(PERSON, fields["reason"] or "by hand")
    resume_ms = fields.get("resume_ms")
    return Pause(kind, message, int(resume_ms) / 1000 if resume_ms else None)
