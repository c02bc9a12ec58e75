"""An attempt at a video, from its claim to its end: what a task writes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from videobatch.errors import HaltedError, StaleTokenError
from videobatch.records import (
    Claim,
    ErrorRecord,
    NoRoom,
    Stage,
    VideoJob,
    VideoResult,
    from_json,
    to_json,
)
from videobatch.state.commands import Value
from videobatch.state.job_places import job_here
from videobatch.state.ledger.releases import Releases


class Claims(Releases):
    """The writes of one attempt. Each checks the claim's fencing token."""

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
        claimer, times = (worker, host, pid), (self._lease_ms, self._young_ms)
        nonce = secrets.token_hex(4)
        reply: list[Any] = self._run(
            "ledger/claim", batch_id, video_id, *claimer, free_bytes, *times, nonce
        )
        if len(reply) == 1:
            on_kept()
        if len(reply) == len(fields(NoRoom)):
            on_no_room(NoRoom(*reply))
        if len(reply) <= len(fields(NoRoom)):
            return None
        return self._claimed(reply)

    def _claimed(self, reply: Sequence[Any]) -> Claim:
        batch, video, token, attempt, job, publish_only, result, wished_ms, *pairs = reply
        return Claim(
            batch_id=batch,
            video_id=video,
            token=token,
            attempt=attempt,
            job=job_here(from_json(VideoJob, job), self.places),
            checkpoints=dict(zip(pairs[::2], pairs[1::2], strict=True)),
            publish_only=bool(publish_only),
            result_json=result or None,
            wished_ms=int(wished_ms),
        )

    def _guarded(self, name: str, claim: Claim, *args: Value) -> None:
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
        self._guarded("ledger/checkpoint", claim, name, payload)

    def progress(self, claim: Claim, stage: Stage, done: float, total: float) -> None:
        """Says how far the attempt is, in the stage's own unit. Raises StaleTokenError and
        HaltedError."""
        self._guarded("ledger/progress", claim, stage.value, round(done, 3), round(total, 3))

    def commit(self, claim: Claim, result: VideoResult) -> None:
        """Makes this attempt's files the document; rename them next. Raises StaleTokenError."""
        self._guarded("ledger/commit", claim, to_json(result))

    def published(self, claim: Claim) -> None:
        """Ends a committed video whose files are in place. Raises StaleTokenError."""
        self._guarded("ledger/published", claim)

    def fail(
        self, claim: Claim, error: ErrorRecord, *, retry_after_s: float | None, spend: bool = True
    ) -> None:
        """Ends the attempt: for good, or until a next try. Raises StaleTokenError."""
        self._fail(claim, error, retry_after_s, spend, "running")

    def take_back(
        self, claim: Claim, error: ErrorRecord, *, retry_after_s: float | None, spend: bool = True
    ) -> None:
        """Does what `fail` does, for a committed attempt whose files are gone before they were in
        place."""
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
        self._guarded("ledger/fail", claim, to_json(error), delay_ms, int(spend), state)

    def learn_need(self, claim: Claim, need_bytes: int) -> None:
        """Notes the memory that the video took: those of its kind are admitted by
        what they take."""
        self._run("ledger/learn_need", claim.batch_id, claim.video_id, max(0, need_bytes))

    def refine_kind(self, claim: Claim, medium: str, *, mib: int, mib_with_speech: int) -> None:
        """Notes what the video turned out to be, and what one of these needs, without speech
        recognised here and with it. Raises StaleTokenError."""
        self._guarded("ledger/refine_kind", claim, medium, mib, mib_with_speech)

    def give_back(self, claim: Claim, *, after_s: float = 0.0) -> str:
        """Lets somebody else go on, and spends no attempt: a running video is pending at once (or
        what a person wants: paused, cancelled), a committed one is finished by the next worker
        after `after_s` seconds. The new state, '' where the token is stale."""
        return self._release(claim.batch_id, claim.video_id, claim.token, after_s=after_s)
