"""What the ledger shows: batches and videos as they stand, read without changing anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from redis import Redis

from videobatch.paths import Places
from videobatch.records import (
    LIFE_MARK,
    End,
    ErrorRecord,
    Pause,
    VideoJob,
    VideoResult,
    VideoState,
    from_json,
)
from videobatch.state.connection import patiently
from videobatch.state.costs import MICROS
from videobatch.state.naming import job_here

OPEN_STATES = (
    VideoState.PENDING,
    VideoState.RUNNING,
    VideoState.WAITING,
    VideoState.COMMITTED,
    VideoState.PAUSED,
)
_PAGE = 1000
PAUSE = "pause:"
_FIELDS = (
    "name",
    "state",
    "stage",
    "done",
    "total",
    "attempts",
    "deaths",
    "death",
    "owner",
    "error",
    "result",
    "started_ms",
    "stage_ms",
    "finished_ms",
    "ends",
    "cost",
    "job",
)


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch: its folders, how many of its videos are in each state, and why it is paused: it goes
    on when none of its `pauses` is left. `paid_usd` is what its calls cost, with those that are
    out; `unwritten` how many documents were made without their language model, by reason. Times in
    Unix seconds."""

    batch_id: str
    name: str
    state: str
    out_uri: str
    root_uri: str
    provider: str
    submitted_s: float
    total: int
    counts: Mapping[VideoState, int]
    pauses: tuple[Pause, ...] = ()
    paid_usd: float = 0.0
    unwritten: Mapping[str, int] = field(default_factory=dict)
    umask: int | None = None

    @property
    def reason(self) -> str | None:
        """All of its pauses in words."""
        return "; ".join(pause.in_words for pause in self.pauses) or None

    @property
    def resume_s(self) -> float | None:
        """When it goes on by itself, as far as is known."""
        times = [pause.resume_s for pause in self.pauses]
        return None if not times or None in times else max(t for t in times if t is not None)

    @property
    def made_videos(self) -> int:
        """How many documents there are."""
        return sum(self.counts.get(state, 0) for state in (VideoState.DONE, VideoState.PARTIAL))

    @property
    def open_videos(self) -> int:
        return sum(self.counts.get(state, 0) for state in OPEN_STATES)


@dataclass(frozen=True, slots=True)
class VideoView:
    """A video as it stands; `done` of `total` is in the unit of its stage. `ends` are those of
    attempts that ended with their process or their worker, the newest last."""

    video_id: str
    name: str
    state: VideoState
    stage: str | None
    done: float
    total: float
    attempts: int
    deaths: int
    death: str | None
    worker: str | None
    error: ErrorRecord | None
    result: VideoResult | None
    started_s: float | None
    stage_started_s: float | None
    finished_s: float | None
    cost_s: float
    job: VideoJob
    paid_usd: float = 0.0
    ends: tuple[End, ...] = ()

    @property
    def fraction(self) -> float:
        """How far the present stage is, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


class Views:
    """All reads of the ledger, under one key prefix. Each raises LedgerError if Redis is away. URIs
    are of this machine, as `places` has it."""

    def __init__(
        self,
        client: Redis,
        prefix: str,
        *,
        patience_s: float = 5.0,
        places: Places | None = None,
    ) -> None:
        self.places = places or Places()
        self._client = client
        self._prefix = prefix
        self._patience_s = patience_s

    def now_s(self) -> float:
        """Redis' clock, Unix seconds."""
        seconds, micros = patiently(self._client.time, patience_s=self._patience_s)
        return float(seconds) + float(micros) / 1e6

    def pending_count(self) -> int:
        """The videos of open batches that wait for a slot."""
        ready = patiently(
            lambda: cast("str | None", self._client.hget(f"{self._prefix}:totals", "ready")),
            patience_s=self._patience_s,
        )
        return int(ready or 0)

    def full_hosts(self, hosts: Iterable[str]) -> set[str]:
        """Those of the hosts that had no room just now for any video that waits."""
        names = list(hosts)

        def read() -> list[int]:
            pipe = self._client.pipeline(transaction=False)
            for host in names:
                pipe.exists(f"{self._prefix}:no_room:{host}")
            return cast("list[int]", pipe.execute())

        found = patiently(read, patience_s=self._patience_s)
        return {host for host, is_full in zip(names, found, strict=True) if is_full}

    def batch_ids(self) -> list[str]:
        """Every batch, the newest last."""
        return patiently(
            lambda: cast("list[str]", self._client.zrange(f"{self._prefix}:batches", 0, -1)),
            patience_s=self._patience_s,
        )

    def listed(self, state: str) -> list[str]:
        """The batches in that state (open, paused, cancelled) that have open videos."""
        found = patiently(
            lambda: cast("set[str]", self._client.smembers(f"{self._prefix}:batches:{state}")),
            patience_s=self._patience_s,
        )
        return sorted(found)

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
        def read() -> list[Any]:
            pipe = self._client.pipeline(transaction=False)
            for batch_id in batch_ids:
                pipe.hgetall(f"{self._prefix}:batch:{batch_id}")
            pipe.hmget(f"{self._prefix}:paid", batch_ids)
            return pipe.execute()

        *rows, paid = patiently(read, patience_s=self._patience_s)
        for batch_id, fields, micros in zip(batch_ids, rows, paid, strict=True):
            if fields:
                yield self._batch(batch_id, fields, micros)

    def _batch(self, batch_id: str, fields: Mapping[str, str], paid: str | None) -> BatchView:
        counts = {state: int(fields.get(f"n:{state.value}", 0)) for state in VideoState}
        return BatchView(
            batch_id=batch_id,
            name=fields["name"],
            state=fields["state"],
            out_uri=self.places.to_here(fields["out_uri"]),
            root_uri=self.places.to_here(fields["root_uri"]),
            provider=fields["provider"],
            submitted_s=int(fields["submitted_ms"]) / 1000,
            total=int(fields.get("total", 0)),
            counts=counts,
            pauses=_pauses(fields),
            umask=int(fields["umask"]) if fields.get("umask") else None,
            paid_usd=int(paid or 0) / MICROS,
            unwritten=_unwritten(fields),
        )

    def videos(self, batch_id: str, video_ids: Sequence[str]) -> list[VideoView]:
        """The named videos, in that order; unknown ids are left out."""

        if not video_ids:
            return []

        def read() -> list[list[str | None]]:
            pipe = self._client.pipeline(transaction=False)
            for video_id in video_ids:
                pipe.hmget(f"{self._prefix}:video:{batch_id}:{video_id}", _FIELDS)
            pipe.hmget(f"{self._prefix}:paid:{batch_id}", video_ids)
            return cast("list[list[str | None]]", pipe.execute())

        *rows, paid = patiently(read, patience_s=self._patience_s)
        found = zip(video_ids, rows, paid, strict=True)
        return [self._video(video_id, row, micros) for video_id, row, micros in found if row[0]]

    def all_videos(self, batch_id: str) -> Iterator[VideoView]:
        """Every video of the batch in the order of submission, read a page at a time."""
        key = f"{self._prefix}:videos:{batch_id}"
        start = 0
        while True:
            first = start
            ids = patiently(
                lambda first=first: cast(  # type: ignore[misc]
                    "list[str]", self._client.zrange(key, first, first + _PAGE - 1)
                ),
                patience_s=self._patience_s,
            )
            yield from self.videos(batch_id, ids)
            if len(ids) < _PAGE:
                return
            start += _PAGE

    def running(self, batch_id: str) -> list[VideoView]:
        """The videos of the batch that somebody works on now."""
        members = patiently(
            lambda: cast("list[str]", self._client.zrange(f"{self._prefix}:leases", 0, -1)),
            patience_s=self._patience_s,
        )
        mine = [m.partition("/")[2] for m in members if m.startswith(f"{batch_id}/")]
        return self.videos(batch_id, sorted(mine))

    def marks(self) -> dict[str, str]:
        """A text for each open batch with videos to work on: another one means that it moved."""

        def read() -> dict[str, str]:
            held = cast("list[str]", self._client.zrange(f"{self._prefix}:leases", 0, -1))
            turns = cast("list[str]", self._client.zrange(f"{self._prefix}:turns", 0, -1))
            batches = sorted({*turns, *(member.partition("/")[0] for member in held)})
            pipe = self._client.pipeline(transaction=False)
            for batch_id in batches:
                pipe.hget(f"{self._prefix}:batch:{batch_id}", "ended")
            for member in held:
                batch_id, _, video_id = member.partition("/")
                key = f"{self._prefix}:video:{batch_id}:{video_id}"
                pipe.hmget(key, ["token", "stage", "done"])
            found = pipe.execute()
            marks = {batch: str(n) for batch, n in zip(batches, found, strict=False)}
            for member, fields in zip(held, found[len(batches) :], strict=True):
                marks[member.partition("/")[0]] += f" {fields}"
            return marks

        return patiently(read, patience_s=self._patience_s)

    def dead(self) -> list[tuple[str, str]]:
        """Batch and video ids of the dead letters, oldest first."""
        members = patiently(
            lambda: cast("list[str]", self._client.zrange(f"{self._prefix}:dead", 0, -1)),
            patience_s=self._patience_s,
        )
        return [(m.partition("/")[0], m.partition("/")[2]) for m in members]

    def checkpoint(self, batch_id: str, video_id: str, name: str) -> str | None:
        """The text of a video's checkpoint, or None."""
        key = f"{self._prefix}:checkpoints:{batch_id}:{video_id}"
        return patiently(
            lambda: cast("str | None", self._client.hget(key, name)), patience_s=self._patience_s
        )

    def finished(self, batch_id: str, after: int) -> tuple[list[VideoView], int]:
        """The next videos that reached a final state after the place `after`, a page of them in
        that order, and the place of the last one. Places grow; each end gets a new one."""
        key = f"{self._prefix}:finished:{batch_id}"
        found = patiently(
            lambda: cast(
                "list[tuple[str, float]]",
                self._client.zrangebyscore(key, f"({after}", "+inf", 0, _PAGE, withscores=True),
            ),
            patience_s=self._patience_s,
        )
        last = int(found[-1][1]) if found else after
        return self.videos(batch_id, [video_id for video_id, _ in found]), last

    def finished_place(self, batch_id: str) -> int:
        """The place of the last video that reached a final state; 0 before the first."""
        key = f"{self._prefix}:batch:{batch_id}"
        place = patiently(
            lambda: cast("str | None", self._client.hget(key, "ended")),
            patience_s=self._patience_s,
        )
        return int(place or 0)

    def _video(self, video_id: str, row: Sequence[str | None], micros: str | None) -> VideoView:
        value = dict(zip(_FIELDS, row, strict=True))
        return VideoView(
            video_id=video_id,
            name=value["name"] or "",
            state=VideoState(value["state"] or ""),
            stage=value["stage"],
            done=float(value["done"] or 0),
            total=float(value["total"] or 0),
            attempts=int(value["attempts"] or 0),
            deaths=int(value["deaths"] or 0),
            death=value["death"],
            worker=value["owner"].partition(LIFE_MARK)[0] if value["owner"] else None,
            error=from_json(ErrorRecord, value["error"]) if value["error"] else None,
            result=from_json(VideoResult, value["result"]) if value["result"] else None,
            started_s=_seconds(value["started_ms"]),
            stage_started_s=_seconds(value["stage_ms"]),
            finished_s=_seconds(value["finished_ms"]),
            cost_s=float(value["cost"] or 0),
            job=job_here(from_json(VideoJob, value["job"] or ""), self.places),
            paid_usd=int(micros or 0) / MICROS,
            ends=tuple(from_json(End, line) for line in (value["ends"] or "").splitlines()),
        )


def _pauses(fields: Mapping[str, str]) -> tuple[Pause, ...]:
    """A person's first, the others by their cause."""
    found = [from_json(Pause, text) for name, text in fields.items() if name.startswith(PAUSE)]
    return tuple(sorted(found, key=lambda pause: (not pause.is_by_person, pause.cause)))


def _seconds(milliseconds: str | None) -> float | None:
    return int(milliseconds) / 1000 if milliseconds else None


def _unwritten(fields: Mapping[str, str]) -> dict[str, int]:
    """The counts by reason, the commonest first."""
    mark = "unwritten:"
    found = {n.removeprefix(mark): int(c) for n, c in fields.items() if n.startswith(mark)}
    return {r: c for r, c in sorted(found.items(), key=lambda each: (-each[1], each[0])) if c > 0}
