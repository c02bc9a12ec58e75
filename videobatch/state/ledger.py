"""The ledger: which videos there are, who works on them, and what became of them.

Every write that two processes could race is one Lua script (`lua/`), and every write of a task
checks the claim's fencing token. All of them are safe to repeat, so that a lost answer costs
nothing. docs/background/ledger.md draws the states.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Any, Literal, cast
from urllib.parse import unquote

from redis import Redis

from videobatch.errors import HaltedError, LedgerError, StaleTokenError, TransientError
from videobatch.paths import SCHEME, Places, display
from videobatch.records import (
    OVERDUE,
    PERSON,
    Claim,
    Death,
    ErrorKind,
    ErrorRecord,
    Held,
    NoRoom,
    Pause,
    Stage,
    VideoJob,
    VideoResult,
    from_json,
    to_json,
)
from videobatch.state.connection import patiently
from videobatch.state.hints import Hints
from videobatch.state.kinds import DEFAULT_KIND, need_kind
from videobatch.state.naming import job_here, job_in_ledger
from videobatch.state.scripts import Scripts
from videobatch.state.versions import agree, is_of_another_version

LEASE_S = 10.0
YOUNG_S = 20.0
RENEWAL_S = 2.0
SWEEP_GAP_S = 4.0
HINT_AGE_S = 3.0
LOOK_AT_QUEUE_S = 1.0
WINDOW_LEAST = 4
# How long a folder of the output is held at most without a sign of life, and waited for.
ORDER_S = 10.0
ORDER_WAIT_S = 5.0
ORDER_POLL_S = 0.02
# So many videos in one script: others wait for Redis while it runs.
ADDED_AT_ONCE = 20
STEERED_AT_ONCE = 30
SWEPT_AT_ONCE = 25
FED_AT_ONCE = 20
FORGOTTEN_AT_ONCE = 200
# Work that is left is taken up by the next sweep.
_SWEEP_STEPS = 20
FORGOTTEN_VIDEOS = 40
Steer = Literal["pause", "resume", "cancel"]

_DIED = ErrorRecord(
    ErrorKind.PERMANENT,
    "worker_died",
    "the process that worked on it died again and again, at last with nothing beside it",
    "the file may exhaust memory or crash a decoder; `videobatch dead show` has the evidence",
)
_LATE = ErrorRecord(
    ErrorKind.PERMANENT,
    "time_limit",
    "it took longer than its time limit, and its process, which did not react, was ended for it",
    "where the machine is slow, raise VIDEOBATCH_LIMITS__STAGE_S and VIDEOBATCH_LIMITS__VIDEO_S "
    "(or the *_FACTOR of each), then retry; finished parts are kept",
)
_LOST = ErrorRecord(
    ErrorKind.PERMANENT,
    "worker_lost",
    "its worker vanished again and again, at last with nothing beside it",
    "check the machines' memory and network, then submit again; `videobatch dead show` has the "
    "evidence",
)


@dataclass(frozen=True, slots=True)
class NewVideo:
    """One video for `add_videos`.

    `cost_s` is the work it is expected to be, in seconds of one worker; `need_bytes` the memory,
    until some of its `kind` have shown what they take. An `error` makes it failed at once; a
    `result` says that it was made before, or cancelled.
    """

    video_id: str
    job: VideoJob
    cost_s: float = 1.0
    need_bytes: int = 0
    kind: str = DEFAULT_KIND
    priority: int = 0
    error: ErrorRecord | None = None
    result: VideoResult | None = None

    def arguments(self) -> tuple[str | float | int, ...]:
        return (
            self.video_id,
            self.job.name,
            to_json(self.job),
            self.job.fingerprint,
            self.job.identity,
            self.cost_s,
            need_kind(self.kind, self.need_bytes),
            self.priority,
            to_json(self.error) if self.error else "",
            to_json(self.result) if self.result else "",
        )


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep put right: counts of videos and of messages; and who holds what runs."""

    due: int
    expired: int
    lost_hints: int
    published: int
    prolonged: int
    owners: tuple[str, ...] = ()

    def and_then(self, later: Swept) -> Swept:
        """Both together; the owners of the later one."""
        return Swept(
            self.due + later.due,
            self.expired + later.expired,
            self.lost_hints + later.lost_hints,
            self.published + later.published,
            self.prolonged + later.prolonged,
            later.owners,
        )


@dataclass(frozen=True, slots=True)
class Steered:
    """What a pause, resume or cancel did: the new state, how many videos changed theirs, and how
    many still run."""

    state: str
    moved: int
    running: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What became of a batch that was to be forgotten: `gone`, '' (there was none), `running` (the
    number of videos that are being made, or put in place), or `opened` (by a person meanwhile)."""

    what: str
    count: int


class Ledger:
    """All writes to the ledger, under one key prefix.

    `patience_s` is how long a call waits for a Redis that is away: short for a person at a
    terminal, long for a running task. Every method raises LedgerError after that. `young_s` is how
    long a video takes to take all of its memory. `places` tells where this machine has what the
    ledger names; callers use this machine's names.
    """

    def __init__(
        self,
        client: Redis,
        prefix: str,
        *,
        patience_s: float = 60.0,
        lease_s: float = LEASE_S,
        young_s: float = YOUNG_S,
        places: Places | None = None,
    ) -> None:
        self.client = client
        self.prefix = prefix
        self.patience_s = patience_s
        self._lease_ms = round(lease_s * 1000)
        self._young_ms = round(young_s * 1000)
        self._places = places or Places()
        self._scripts = Scripts(client, prefix)

    def _run(self, name: str, *args: str | int | float) -> Any:
        def run() -> Any:
            return patiently(lambda: self._scripts.run(name, args), patience_s=self.patience_s)

        try:
            return run()
        except LedgerError as error:
            if not is_of_another_version(error):
                raise
            # It came back from a backup of before, or Redis was away when this process began.
            agree(self.client, self.prefix, patience_s=self.patience_s)
            return run()

    # Composition: what the fleet publishes, and how much of it at once.

    def set_publishing(self, queue: str, message: str) -> None:
        """Tells the scripts which message to put on which queue for a video. Safe to repeat."""
        key = f"{self.prefix}:publishing"
        patiently(
            lambda: self.client.hset(key, mapping={"queue": queue, "message": message}),
            patience_s=self.patience_s,
        )
        patiently(
            lambda: self.client.hsetnx(key, "window", WINDOW_LEAST), patience_s=self.patience_s
        )

    def set_window(self, slots: int) -> None:
        """The number of messages that may wait in the queue: the slots wanted, four at least."""
        window = max(WINDOW_LEAST, slots)
        patiently(
            lambda: self.client.hset(f"{self.prefix}:publishing", "window", window),
            patience_s=self.patience_s,
        )

    def life(self) -> str:
        """A mark that is made with the ledger and lost with it: another one means other data."""
        key = f"{self.prefix}:life"

        def ask() -> str:
            self.client.set(key, secrets.token_hex(8), nx=True)
            return cast("str", self.client.get(key))

        return patiently(ask, patience_s=self.patience_s)

    # Submit.

    def open_batch(
        self,
        batch_id: str,
        *,
        name: str,
        out_uri: str,
        root_uri: str,
        provider: str,
        umask: int | None = None,
        paused_for: str = "",
    ) -> bool:
        """Creates the batch, or opens it again; True if it is new. Its report is written by the
        `umask`. With `paused_for` a batch that
        there is stays as it is, and a new one waits, for that reason, until a person resumes it."""
        out, root = map(self._places.to_ledger, (out_uri, root_uri))
        pause = to_json(Pause(PERSON, paused_for)) if paused_for else ""
        mask = "" if umask is None else umask
        return bool(self._run("open_batch", batch_id, name, out, root, provider, 1, mask, pause))

    def add_videos(
        self, batch_id: str, videos: Iterable[NewVideo], *, planned_s: float | None = None
    ) -> dict[str, str]:
        """Adds videos; maps each id to `added`, `again`, `open` or `busy` (see the script).

        What was made since `planned_s` (by Redis' clock) is not made again: whoever looked for
        its document then could not find it.
        """
        return self._add(batch_id, videos, -1 if planned_s is None else int(planned_s * 1000))

    def add_unknown(self, batch_id: str, videos: Iterable[NewVideo]) -> dict[str, str]:
        """Adds those of the videos that the ledger does not know, and leaves others as they are:
        maps each id to `added` or `known`. Safe to repeat."""
        return self._add(batch_id, videos, -2)

    def _add(self, batch_id: str, videos: Iterable[NewVideo], planned_ms: int) -> dict[str, str]:
        answers: dict[str, str] = {}
        remaining = iter(videos)
        while chunk := list(islice(remaining, ADDED_AT_ONCE)):
            args = [value for video in chunk for value in self._in_ledger(video).arguments()]
            replies = cast("list[str]", self._run("add_videos", batch_id, planned_ms, *args))
            answers.update(zip((video.video_id for video in chunk), replies, strict=True))
        return answers

    def _in_ledger(self, video: NewVideo) -> NewVideo:
        return replace(video, job=job_in_ledger(video.job, self._places))

    def feed(self) -> int:
        """Fills the queue up to the window; the number of messages published."""
        fed = 0
        while True:
            step = cast("int", self._run("feed"))
            fed += step
            if step < FED_AT_ONCE:
                return fed

    # A task.

    def claim(
        self,
        batch_id: str,
        video_id: str,
        *,
        worker: str,
        host: str,
        pid: int,
        free_bytes: int = -1,
        on_no_room: Callable[[NoRoom], None] = lambda _: None,
        on_kept: Callable[[], None] = lambda: None,
    ) -> Claim | None:
        """Takes the named video, or the best other one; None where there is nothing to do.

        `free_bytes` is the memory that this host may still give (-1: do not ask). A video fits if
        it needs no more than that, less what the host's youngest videos have yet to take; the first
        video of a host is always admitted. `on_no_room` is told where work waits that does not fit,
        `on_kept` where the host is kept for a video that is to run with nothing beside it: then ask
        again a little later, naming none (two empty texts).
        """
        reply = self._run(
            "claim",
            batch_id,
            video_id,
            worker,
            host,
            pid,
            free_bytes,
            self._lease_ms,
            self._young_ms,
            secrets.token_hex(4),
        )
        if len(reply) == 1:
            on_kept()
        if len(reply) == len(fields(NoRoom)):
            on_no_room(NoRoom(*reply))
        if len(reply) <= len(fields(NoRoom)):
            return None
        batch, video, token, attempt, job, publish_only, result, wished_ms, *pairs = reply
        return Claim(
            batch_id=batch,
            video_id=video,
            token=token,
            attempt=attempt,
            job=job_here(from_json(VideoJob, job), self._places),
            checkpoints=dict(zip(pairs[::2], pairs[1::2], strict=True)),
            publish_only=bool(publish_only),
            result_json=result or None,
            wished_ms=int(wished_ms),
        )

    def _guarded(self, name: str, claim: Claim, *args: str | int | float) -> None:
        ids = (claim.batch_id, claim.video_id, claim.token)
        reply = self._run(name, *ids, self._lease_ms, *args)
        if not reply:
            raise StaleTokenError(
                f"{claim.job.name}: token {claim.token} is not the owner's any more"
            )
        if reply == -1:
            raise HaltedError(f"{claim.job.name}: somebody wants it to stop")

    def checkpoint(self, claim: Claim, name: str, payload: str) -> None:
        """Stores a result of the running attempt. Raises StaleTokenError, and HaltedError once
        it is stored."""
        self._guarded("checkpoint", claim, name, payload)

    def progress(self, claim: Claim, stage: Stage, done: float, total: float) -> None:
        """Says how far the attempt is, in the stage's own unit. Raises StaleTokenError and
        HaltedError."""
        self._guarded("progress", claim, stage.value, round(done, 3), round(total, 3))

    def commit(self, claim: Claim, result: VideoResult) -> None:
        """Makes this attempt's files the document; rename them next. Raises StaleTokenError."""
        self._guarded("commit", claim, to_json(result))

    def published(self, claim: Claim) -> None:
        """Ends a committed video whose files are in place. Raises StaleTokenError."""
        self._guarded("published", claim)

    def fail(
        self, claim: Claim, error: ErrorRecord, *, retry_after_s: float | None, spend: bool = True
    ) -> None:
        """Ends the attempt: for good, or until a next try. Raises StaleTokenError."""
        self._fail(claim, error, retry_after_s, spend, "running")

    def take_back(
        self, claim: Claim, error: ErrorRecord, *, retry_after_s: float | None, spend: bool = True
    ) -> None:
        """As `fail`, for a committed attempt whose files are gone before they were in place."""
        self._fail(claim, error, retry_after_s, spend, "committed")

    def _fail(
        self,
        claim: Claim,
        error: ErrorRecord,
        retry_after_s: float | None,
        spend: bool,
        state: str,
    ) -> None:
        delay_ms = -1 if retry_after_s is None else round(retry_after_s * 1000)
        self._guarded("fail", claim, to_json(error), delay_ms, int(spend), state)

    def learn_need(self, claim: Claim, need_bytes: int) -> None:
        """Notes the memory that the video took: those of its kind are admitted by
        what they take."""
        self._run("learn_need", claim.batch_id, claim.video_id, max(0, need_bytes))

    def refine_kind(self, claim: Claim, medium: str, *, mib: int, mib_with_speech: int) -> None:
        """Notes what the video turned out to be, and what one of these needs, without speech
        recognised here and with it. Raises StaleTokenError."""
        self._guarded("refine_kind", claim, medium, mib, mib_with_speech)

    def give_back(self, claim: Claim, *, after_s: float = 0.0) -> str:
        """Lets somebody else go on, and spends no attempt: a running video is pending at once (or
        what a person wants: paused, cancelled), a committed one is finished by the next worker
        after `after_s` seconds. The new state, '' where the token is stale."""
        return self._release(claim.batch_id, claim.video_id, claim.token, after_s=after_s)

    def _release(
        self,
        batch_id: str,
        video_id: str,
        token: str,
        *,
        death: Death | None = None,
        after_s: float = 0.0,
    ) -> str:
        """Without a `death` it is a planned one."""
        error = to_json(_given_up("" if death is None else death.how))
        told = "" if death is None else to_json(death)
        delay_ms = round(after_s * 1000)
        args = (batch_id, video_id, token, self._lease_ms, told, error, delay_ms)
        return cast("str", self._run("release", *args))

    # A person.

    def steer(
        self, batch_id: str, what: Steer, *, video_id: str = "", now: bool = False
    ) -> Steered | None:
        """Pauses, resumes or cancels a batch or a video by a person's word; None if there is no
        such one.

        A pause lets running videos come to their end, unless `now`. A resume takes back every
        pause, the engine's too; where a reason still holds, the engine finds it again. Safe to
        repeat.
        """
        pause = Pause(PERSON, "by hand")
        return self._steer(batch_id, what, pause, video_id=video_id, now=now)

    def pause_for(self, batch_id: str, pause: Pause) -> Steered | None:
        """Pauses a batch for a reason of the engine's own, beside others that it may have. What
        runs goes on, unless a person wants it to stop. Safe to repeat."""
        return self._steer(batch_id, "pause", pause)

    def lift(self, batch_id: str, pause: Pause) -> Steered | None:
        """Takes back a pause of the engine's own as it was read; the batch is open when none is
        left. Safe to repeat."""
        return self._steer(batch_id, "resume", pause)

    def _steer(
        self, batch_id: str, what: Steer, pause: Pause, *, video_id: str = "", now: bool = False
    ) -> Steered | None:
        moved = 0
        args = (batch_id, video_id, what, int(now), pause.cause, STEERED_AT_ONCE, to_json(pause))
        while True:
            reply = self._run("steer", *args)
            state, *counts = reply
            if not state:
                return None
            moved += counts[0]
            if not counts[2]:
                return Steered(state, moved, running=counts[1])

    def retry(self, batch_id: str, video_id: str, *, done_too: bool = False) -> str:
        """Lets a video that failed (or, with `done_too`, any that ended) begin again; its state,
        '' if there is none."""
        return cast("str", self._run("retry", batch_id, video_id, int(done_too)))

    def drop(self, batch_id: str, video_id: str) -> str:
        """Takes a video off the dead letters; its state (failed), '' if there is none."""
        return cast("str", self._run("drop", batch_id, video_id))

    def forget(self, batch_id: str) -> Forgotten:
        """Takes a batch out of the ledger, in steps that hold nobody up; what became of that. One
        that is being worked on has to be cancelled first. Its files stay. Safe to repeat."""
        begin = 1
        while True:
            what, count = self._run("forget", batch_id, FORGOTTEN_VIDEOS, begin)
            if what != "left":
                # A lost answer to the last step leaves no batch.
                return Forgotten("gone" if not what and not begin else what, count)
            begin = 0

    # A worker's main process.

    def ping(self) -> None:
        """Keeps the connection, and the name that it shows, alive."""
        patiently(self.client.ping, patience_s=self.patience_s)

    def held(self, worker: str) -> list[Held]:
        """What the ledger believes this worker holds."""
        pairs = patiently(
            lambda: cast("dict[str, str]", self.client.hgetall(f"{self.prefix}:held:{worker}")),
            patience_s=self.patience_s,
        )
        return [_held(member, value) for member, value in pairs.items()]

    def renew(self, worker: str, held: Sequence[Held]) -> list[str]:
        """Prolongs the leases of live children's videos; names those that are not ours now."""
        values = [x for h in held for x in (h.batch_id, h.video_id, h.token, h.pid)]
        return cast("list[str]", self._run("renew", worker, self._lease_ms, *values))

    def release_dead(self, held: Held, death: Death) -> str:
        """Gives back the video of a child that died; its new state, or '' if it moved on."""
        return self._release(held.batch_id, held.video_id, held.token, death=death)

    def hand_back(self, held: Held) -> str:
        """Gives back the video of a child that was ended on purpose; no death is counted."""
        return self._release(held.batch_id, held.video_id, held.token)

    def expire(self, worker: str) -> int:
        """Ends the leases of a worker that is gone; the next sweep returns its videos."""
        return cast("int", self._run("expire", worker))

    def sweep(self) -> Swept:
        """Returns expired and due videos to pending, finds lost messages, feeds: in steps, so that
        none holds up the others who want something of Redis."""
        done = Swept(0, 0, 0, 0, 0)
        for _ in range(_SWEEP_STEPS):
            swept, has_more, older_than_ms = self._sweep_step()
            done = done.and_then(swept)
            if older_than_ms:
                lost = self._forget_lost_hints(older_than_ms)
                done = replace(done, lost_hints=done.lost_hints + lost)
            if not has_more:
                break
        return done

    def _sweep_step(self) -> tuple[Swept, bool, int]:
        reply = self._run(
            "sweep",
            self._lease_ms,
            round(SWEEP_GAP_S * 1000),
            round(HINT_AGE_S * 1000),
            round(LOOK_AT_QUEUE_S * 1000),
            to_json(_LOST),
            SWEPT_AT_ONCE,
        )
        due, expired, published, prolonged, more, older_than_ms, owners = reply
        swept = Swept(due, expired, 0, published, prolonged, tuple(owners))
        return swept, bool(more), older_than_ms

    def _forget_lost_hints(self, older_than_ms: int) -> int:
        """Forgets the messages, published before then, that are in the queue no more.

        The queue is read after the list of messages: one that is not there has left it.
        """
        hints = Hints(self.client, self.prefix, patience_s=self.patience_s)
        published = hints.older_than(older_than_ms)
        queued = hints.queued() if published else set()
        forgotten = 0
        for start in range(0, len(published), FORGOTTEN_AT_ONCE):
            some = published[start : start + FORGOTTEN_AT_ONCE]
            args = [value for m, ms in some for value in (m, ms, int(m in queued))]
            forgotten += cast("int", self._run("forget_hints", *args))
        return forgotten

    # The controller.

    def lead(self, name: str, lease_s: float, heard: int = 0) -> int:
        """A fencing token while `name` is the leader, else 0. It is higher than `heard`, the
        highest that workers have heard of, unless it is that one."""
        return cast("int", self._run("lead", name, round(lease_s * 1000), heard))

    def predecessor_lost(self) -> str:
        """Who led before the present leader and went without a word; '' where nobody did."""
        key = f"{self.prefix}:leader"
        return (
            patiently(
                lambda: cast("str | None", self.client.hget(key, "lost")),
                patience_s=self.patience_s,
            )
            or ""
        )

    def resign(self, name: str) -> None:
        """Lets another one lead at once, if `name` leads. Safe to repeat."""
        self._run("resign", name)

    def reports_due(self, *, most: int | None = None) -> dict[str, str]:
        """Batches whose report is to be written, with the ticket of their end: all, or at most so
        many by chance, so that those which cannot be written hold up no others."""
        key = f"{self.prefix}:reports"

        def read() -> dict[str, str]:
            if most is None:
                return cast("dict[str, str]", self.client.hgetall(key))
            flat = cast("list[str]", self.client.hrandfield(key, most, withvalues=True))
            return dict(zip(flat[::2], flat[1::2], strict=True))

        return patiently(read, patience_s=self.patience_s)

    def report_written(self, batch_id: str, ended: str) -> None:
        """Takes a batch off that list, unless it ended again. Safe to repeat."""
        self._run("report_written", batch_id, ended)

    # The output's folders.

    def leftovers(self, most: int) -> list[tuple[str, str, float]]:
        """Videos that will not go on by themselves and whose attempts may have left files that are
        to go by now: batch, video, and when they were due (ms)."""

        def read() -> list[tuple[str, float]]:
            seconds, micros = self.client.time()
            now_ms = seconds * 1000 + micros // 1000
            key = f"{self.prefix}:leftovers"
            found = self.client.zrangebyscore(
                key, "-inf", now_ms, start=0, num=most, withscores=True
            )
            return cast("list[tuple[str, float]]", found)

        found = patiently(read, patience_s=self.patience_s)
        return [(*_ids(member), due_ms) for member, due_ms in found]

    def is_left(self, batch_id: str, video_id: str, due_ms: float) -> bool:
        """True where the video has not begun again since the list had it."""
        key = f"{self.prefix}:leftovers"
        found = patiently(
            lambda: self.client.zscore(key, f"{batch_id}/{video_id}"), patience_s=self.patience_s
        )
        return found == due_ms

    def cleaned(self, batch_id: str, video_id: str, due_ms: float, *, again_s: float = 0.0) -> None:
        """Takes a video off that list, or puts it off, unless it began again. Safe to repeat."""
        self._run("cleaned", batch_id, video_id, f"{due_ms:.0f}", round(again_s * 1000))

    def ticket(self) -> int:
        """A number that is higher at each call: whoever reads after he got his sees all that
        holders of lower ones could see."""
        return int(self._run("ticket"))

    @contextmanager
    def order(
        self, folder_uri: str, *, wait_s: float = ORDER_WAIT_S
    ) -> Iterator[Callable[[], None]]:
        """Holds a folder of the output for the block, alone in the fleet; what it gives is called
        before each step that must not meet another's, and raises where the folder was lost.

        Raises TransientError (`folder_held`) if another one holds it for `wait_s`, and LedgerError.
        A holder that dies or stands still for 10 s has lost it.
        """
        folder = hashlib.sha256(self._places.to_ledger(folder_uri).encode()).hexdigest()[:32]
        holder, held_ms = secrets.token_hex(8), round(ORDER_S * 1000)
        deadline_s = time.monotonic() + wait_s
        while not self._run("order", folder, holder, held_ms, 1):
            if time.monotonic() >= deadline_s:
                raise _held_by_another(folder_uri)
            time.sleep(ORDER_POLL_S)
        prolonged_s = time.monotonic()

        def still_ours() -> None:
            nonlocal prolonged_s
            # A process that stood still asks again, and one that goes on seldom.
            if time.monotonic() - prolonged_s < ORDER_S / 10:
                return
            if not self._run("order", folder, holder, held_ms, 0):
                raise _held_by_another(folder_uri)
            prolonged_s = time.monotonic()

        try:
            yield still_ours
        finally:
            with suppress(LedgerError):
                self._run("order", folder, holder, 0, 0)


def _held_by_another(folder_uri: str) -> TransientError:
    return TransientError(
        f"another process writes to {display(unquote(folder_uri.removeprefix(SCHEME)))}",
        hint="it is tried again",
        code="folder_held",
    )


def _given_up(death: str) -> ErrorRecord:
    """Why a video is a dead letter whose process at last died so."""
    if death == OVERDUE:
        return _LATE
    return replace(_DIED, message=f"{_DIED.message}, by {death}")


def _ids(member: str) -> tuple[str, str]:
    batch_id, _, video_id = member.partition("/")
    return batch_id, video_id


def _held(member: str, value: str) -> Held:
    batch_id, video_id = _ids(member)
    token, _, pid = value.partition(" ")
    return Held(batch_id, video_id, token, int(pid))
