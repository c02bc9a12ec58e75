"""A ledger of an older version, brought up to date in steps that hold up nobody.

A step reads and writes a page of it, and does no harm where it is repeated: a process that ends in
between leaves it to the next one. Nothing may work on the ledger meanwhile: `schema.py` sees to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from redis import Redis

from videobatch.records import FINAL_STATES, PERSON, Pause, VideoState, to_json
from videobatch.state.kinds import DEFAULT_KIND, need_kind

PAGE = 500
# As in _prelude.lua.
LEFT_MS = 7 * 24 * 3600 * 1000
_LEAVE = frozenset({VideoState.FAILED, VideoState.DEAD, VideoState.CANCELLED})
_ENGINES_KINDS = frozenset({"disk_full", "budget"})
Migration = Callable[[Redis, str, Callable[[], object]], None]


def to_version_2(client: Redis, prefix: str, still_here: Callable[[], object]) -> None:
    """From version 1: the list of finished videos has places, pending ones stand on shelves by
    their kind, and what a round of the controller needs is counted beside. `still_here` is called
    after each page. Raises redis.RedisError. Safe to repeat."""
    _ToVersion2(client, prefix, still_here).run()


MIGRATIONS: Mapping[int, Migration] = {1: to_version_2}
"""How a ledger of a version becomes one of the next."""


@dataclass(slots=True)
class _ToVersion2:
    client: Redis
    prefix: str
    still_here: Callable[[], object]
    totals: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        self._forget_what_is_derived()
        for batch_id in self._members("batches"):
            self._number_the_finished(batch_id)
            for page in self._pages(f"videos:{batch_id}"):
                self._shelve(batch_id, page)
            self._list_batch(batch_id)
            self.client.unlink(self._key(f"pending:{batch_id}"))
        self._count_owners()
        for name, count in self.totals.items():
            self.client.hset(self._key("totals"), name, count)

    def _key(self, name: str) -> str:
        return f"{self.prefix}:{name}"

    def _pages(self, name: str) -> Iterator[list[str]]:
        """The members of a sorted set, a page at a time."""
        start = 0
        while page := cast(
            "list[str]", self.client.zrange(self._key(name), start, start + PAGE - 1)
        ):
            yield page
            self.still_here()
            start += PAGE

    def _members(self, name: str) -> Iterator[str]:
        for page in self._pages(name):
            yield from page

    def _forget_what_is_derived(self) -> None:
        """What a migration that was cut off has counted and listed."""
        shelves = cast("set[str]", self.client.smembers(self._key("shelves")))
        lists = [f"batches:{state}" for state in ("open", "paused", "cancelled")]
        names = ["totals", "owners", "shelves", *lists, *(f"turns:{shelf}" for shelf in shelves)]
        self.client.unlink(*map(self._key, names))

    def _number_the_finished(self, batch_id: str) -> None:
        """The list of finished videos, with a place for each; later ends come behind."""
        key, made = self._key(f"finished:{batch_id}"), self._key(f"finished:{batch_id}:made")
        if self.client.type(key) != "list":
            return
        self.client.unlink(made)
        batch = self._key(f"batch:{batch_id}")
        place = int(cast("str | None", self.client.hget(batch, "created_ms")) or 0) * 1000
        start = 0
        while page := cast("list[str]", self.client.lrange(key, start, start + PAGE - 1)):
            self.client.zadd(made, {video: place + 1 + n for n, video in enumerate(page)})
            place += len(page)
            start += PAGE
            self.still_here()
        self.client.hset(batch, "ended", place)
        self.client.rename(made, key)

    def _shelve(self, batch_id: str, videos: list[str]) -> None:
        """Gives a page of videos their kinds, and those that wait their places."""
        pipe = self.client.pipeline(transaction=False)
        for video_id in videos:
            key = self._key(f"video:{batch_id}:{video_id}")
            pipe.hmget(key, ["state", "need", "rank", "kind"])
        for video_id in videos:
            pipe.zscore(self._key("hints"), f"{batch_id}/{video_id}")
        found = pipe.execute()
        rows, hinted = found[: len(videos)], found[len(videos) :]
        due_ms = int(self.client.time()[0]) * 1000 + LEFT_MS
        pipe = self.client.pipeline(transaction=False)
        for video_id, (state, need, rank, known), score in zip(videos, rows, hinted, strict=True):
            kind = known or need_kind(DEFAULT_KIND, int(float(need or 0)))
            key = self._key(f"video:{batch_id}:{video_id}")
            pipe.hset(key, "kind", kind)
            pipe.hdel(key, "need")
            if need:
                pipe.unlink(self._key(f"need:{need}"), self._key(f"needs:{need}"))
            if state == VideoState.PENDING:
                shelf = f"{kind}:{'new' if score is None else 'hinted'}"
                pipe.zadd(self._key(f"shelf:{shelf}:{batch_id}"), {video_id: float(rank or 0)})
                pipe.sadd(self._key(f"kinds:{batch_id}"), kind)
            elif state == VideoState.WAITING:
                pipe.sadd(self._key(f"waiting:{batch_id}"), video_id)
            elif state in _LEAVE:
                # Nobody had put a date to what its attempts left.
                pipe.zadd(self._key("leftovers"), {f"{batch_id}/{video_id}": due_ms})
                pipe.pexpire(self._key(f"checkpoints:{batch_id}:{video_id}"), LEFT_MS)
        pipe.execute()

    def _list_batch(self, batch_id: str) -> None:
        """Lists and counts the batch where its state has it, and gives it its turns."""
        key = self._key(f"batch:{batch_id}")
        fields = cast("dict[str, str]", self.client.hgetall(key))
        counts = {state: int(fields.get(f"n:{state.value}", 0)) for state in VideoState}
        self.totals.update({f"n:{state.value}": n for state, n in counts.items() if n})
        is_over = not any(n for state, n in counts.items() if state not in FINAL_STATES)
        listed = "finished" if is_over else fields.get("state", "open")
        ready = counts[VideoState.PENDING] if fields.get("state") == "open" else 0
        if not is_over:
            self.client.sadd(self._key(f"batches:{listed}"), batch_id)
        if ready:
            self.totals["ready"] += ready
            self._give_turns(batch_id)
        if fields.get("state") == "paused" and fields.get("reason") is not None:
            pause = _pause(fields)
            self.client.hset(key, f"pause:{pause.cause}", to_json(pause))
        self.client.hset(key, mapping={"list": listed, "ready": ready})
        self.client.hdel(key, "reason", "resume_ms")

    def _give_turns(self, batch_id: str) -> None:
        self.client.zadd(self._key("turns"), {batch_id: 0}, nx=True)
        turn = cast("float", self.client.zscore(self._key("turns"), batch_id))
        for kind in cast("set[str]", self.client.smembers(self._key(f"kinds:{batch_id}"))):
            for shelf in (f"{kind}:new", f"{kind}:hinted"):
                if self.client.exists(self._key(f"shelf:{shelf}:{batch_id}")):
                    self.client.zadd(self._key(f"turns:{shelf}"), {batch_id: turn})
                    self.client.sadd(self._key("shelves"), shelf)

    def _count_owners(self) -> None:
        for page in self._pages("leases"):
            pipe = self.client.pipeline(transaction=False)
            for member in page:
                pipe.hget(self._key(f"video:{member.replace('/', ':', 1)}"), "owner")
            owners: list[Any] = pipe.execute()
            for owner, n in Counter(owner for owner in owners if owner).items():
                self.client.hincrby(self._key("owners"), owner, n)


def _pause(fields: Mapping[str, str]) -> Pause:
    """The one reason of version 1, which stood in words."""
    kind, _, message = fields["reason"].partition(": ")
    if kind not in _ENGINES_KINDS:
        return Pause(PERSON, fields["reason"] or "by hand")
    resume_ms = fields.get("resume_ms")
    return Pause(kind, message, int(resume_ms) / 1000 if resume_ms else None)
