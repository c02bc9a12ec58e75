"""All reads of batches and videos."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from videobatch.paths import Places
from videobatch.state.commands import Commands
from videobatch.state.keys import ids_of
from videobatch.state.store import Store
from videobatch.state.views.batches import BatchView, batch_view
from videobatch.state.views.videos import FIELDS, VideoView, video_view

_PAGE = 1000


class Views:
    """All reads of the ledger, under one key prefix. Each raises LedgerError if Redis is away. URIs
    are of this machine, as `places` has it."""

    def __init__(
        self,
        store: Store,
        *,
        places: Places | None = None,
    ) -> None:
        self.places = places or Places()
        self._store = store
        self._keys = self._store.keys

    def now_s(self) -> float:
        """Redis' clock, Unix seconds."""
        return self._store.now_s()

    def pending_count(self) -> int:
        """The videos of open batches that wait for a slot."""
        ready = self._store.ask(lambda redis: redis.hget(self._keys.totals, "ready"))
        return int(ready or 0)

    def full_hosts(self, hosts: Iterable[str]) -> set[str]:
        """The hosts among these that had no room just now for any video that waits."""
        names = list(hosts)

        def read(redis: Commands) -> list[int]:
            pipe = redis.pipeline(transaction=False)
            for host in names:
                pipe.exists(self._keys.no_room(host))
            return pipe.execute()

        found = self._store.ask(read)
        return {host for host, is_full in zip(names, found, strict=True) if is_full}

    def batch_ids(self) -> list[str]:
        """Every batch, the newest last."""
        return self._store.ask(lambda redis: redis.zrange(self._keys.batches, 0, -1))

    def recent_batches(self, most: int) -> list[BatchView]:
        """The newest batches, the newest last."""
        newest = self._store.ask(lambda redis: redis.zrange(self._keys.batches, -most, -1))
        return self.batches(newest)

    def listed(self, state: str) -> list[str]:
        """The batches in that state (open, paused, cancelled) that have open videos."""
        return sorted(self._store.ask(lambda redis: redis.smembers(self._keys.batches_in(state))))

    def batch(self, batch_id: str) -> BatchView | None:
        """The batch, or None if there is none of that id."""
        return next(iter(self.batches([batch_id])), None)

    def batches(self, batch_ids: Sequence[str]) -> list[BatchView]:
        """The named batches, in that order; unknown ids are left out."""
        found: list[BatchView] = []
        for start in range(0, len(batch_ids), _PAGE):
            found += self._batches(batch_ids[start : start + _PAGE])
        return found

    def _batches(self, batch_ids: Sequence[str]) -> Iterator[BatchView]:
        def read(redis: Commands) -> list[Any]:
            pipe = redis.pipeline(transaction=False)
            for batch_id in batch_ids:
                pipe.hgetall(self._keys.batch(batch_id))
            pipe.hmget(self._keys.paid, batch_ids)
            return pipe.execute()

        *rows, paid = self._store.ask(read)
        for batch_id, fields, micros in zip(batch_ids, rows, paid, strict=True):
            if fields:
                yield batch_view(batch_id, fields, micros, self.places)

    def videos(self, batch_id: str, video_ids: Sequence[str]) -> list[VideoView]:
        """The named videos, in that order; unknown ids are left out."""
        if not video_ids:
            return []

        def read(redis: Commands) -> list[list[str | None]]:
            pipe = redis.pipeline(transaction=False)
            for video_id in video_ids:
                pipe.hmget(self._keys.video(batch_id, video_id), FIELDS)
            pipe.hmget(self._keys.paid_of(batch_id), video_ids)
            return pipe.execute()

        *rows, paid = self._store.ask(read)
        found = zip(video_ids, rows, paid, strict=True)
        return [
            video_view(video_id, row, micros, self.places)
            for video_id, row, micros in found
            if row[0]
        ]

    def all_videos(self, batch_id: str) -> Iterator[VideoView]:
        """Every video of the batch in the order of submission, read a page at a time."""
        start = 0
        while True:
            ids = self._ids(batch_id, start)
            yield from self.videos(batch_id, ids)
            if len(ids) < _PAGE:
                return
            start += _PAGE

    def _ids(self, batch_id: str, start: int) -> list[str]:
        key = self._keys.videos(batch_id)
        return self._store.ask(lambda redis: redis.zrange(key, start, start + _PAGE - 1))

    def running(self, batch_id: str) -> list[VideoView]:
        """The videos of the batch that somebody works on now."""
        members = self._store.ask(lambda redis: redis.zrange(self._keys.leases, 0, -1))
        mine = sorted(video for batch, video in map(ids_of, members) if batch == batch_id)
        return self.videos(batch_id, mine)

    def marks(self) -> dict[str, str]:
        """A text for each open batch with videos to work on: another one means that it moved."""

        def read(redis: Commands) -> dict[str, str]:
            held = [ids_of(member) for member in redis.zrange(self._keys.leases, 0, -1)]
            turns = redis.zrange(self._keys.turns, 0, -1)
            batches = sorted({*turns, *(batch_id for batch_id, _ in held)})
            pipe = redis.pipeline(transaction=False)
            for batch_id in batches:
                pipe.hget(self._keys.batch(batch_id), "ended")
            for batch_id, video_id in held:
                pipe.hmget(self._keys.video(batch_id, video_id), ["token", "stage", "done"])
            found = pipe.execute()
            marks = {batch: str(n) for batch, n in zip(batches, found, strict=False)}
            for (batch_id, _), fields in zip(held, found[len(batches) :], strict=True):
                marks[batch_id] += f" {fields}"
            return marks

        return self._store.ask(read)

    def dead(self) -> list[tuple[str, str]]:
        """Batch and video ids of the dead letters, oldest first."""
        members = self._store.ask(lambda redis: redis.zrange(self._keys.dead, 0, -1))
        return [ids_of(member) for member in members]

    def checkpoint(self, batch_id: str, video_id: str, name: str) -> str | None:
        """The text of a video's checkpoint, or None."""
        key = self._keys.checkpoints(batch_id, video_id)
        return self._store.ask(lambda redis: redis.hget(key, name))

    def finished(self, batch_id: str, after: int) -> tuple[list[VideoView], int]:
        """The next videos that reached a final state after the place `after`, a page of them in
        that order, and the place of the last one. Places grow; each end gets a new one."""
        key = self._keys.finished(batch_id)
        found = self._store.ask(
            lambda redis: redis.zrangebyscore(key, f"({after}", "+inf", 0, _PAGE, withscores=True)
        )
        last = int(found[-1][1]) if found else after
        return self.videos(batch_id, [video_id for video_id, _ in found]), last

    def finished_place(self, batch_id: str) -> int:
        """The place of the last video that reached a final state; 0 before the first."""
        place = self._store.ask(lambda redis: redis.hget(self._keys.batch(batch_id), "ended"))
        return int(place or 0)
