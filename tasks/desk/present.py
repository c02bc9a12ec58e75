"""The video that a child works on now, and the ports of the engine as it may use them: their waits
do not count against its time limits, and its answers are found under its salt."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from videobatch.pipeline.stopwatch import Stopwatch
from videobatch.ports import Answers, Flight, Limiter, Storage, Uploads
from videobatch.records import Amounts, Claim, Feedback, Permit


@dataclass(slots=True)
class Present:
    """The video that this process works on, and its watch."""

    claim: Claim | None = None
    watch: Stopwatch | None = None

    @property
    def payer(self) -> str:
        """The video that pays for these calls, "batch/video"; "" between videos."""
        return f"{self.claim.batch_id}/{self.claim.video_id}" if self.claim else ""

    @property
    def attempt(self) -> tuple[str, str]:
        """The payer, and the mark of the attempt."""
        return self.payer, str(self.claim.token) if self.claim else ""

    def paused(self) -> AbstractContextManager[None]:
        """Stops it for the block, if there is one."""
        return nullcontext() if self.watch is None else self.watch.paused()


class PausingLimiter:
    """A limiter whose waiting does not count against the time limits of the video."""

    def __init__(self, limiter: Limiter, now: Present) -> None:
        self._limiter = limiter
        self._now = now

    def acquire(self, need: Amounts, *, again: bool = False) -> Permit:
        """The limiter's permit."""
        with self._now.paused():
            return self._limiter.acquire(need, again=again)

    def settle(self, permit: Permit, used: Amounts | None, feedback: Feedback) -> None:
        """Tells the limiter what the call used."""
        self._limiter.settle(permit, used, feedback)


class PausingStorage(PausingLimiter):
    """A provider's storage whose waiting for room does not count either."""

    def __init__(self, storage: Storage, now: Present) -> None:
        super().__init__(storage, now)
        self._storage = storage

    def release(self, permit_id: str) -> None:
        """Gives back the room of an upload that was deleted."""
        self._storage.release(permit_id)


class PausingFlight:
    """A flight whose waiting does not count against the time limits of the video."""

    def __init__(self, flight: Flight, now: Present) -> None:
        self._flight = flight
        self._now = now
        self.is_due, self.leave = flight.is_due, flight.leave

    @property
    def is_kept(self) -> bool:
        """The flight's own word."""
        return self._flight.is_kept

    def wait(self) -> str | None:
        """The flight's answer, once it is there; None where this process is to call."""
        with self._now.paused():
            return self._flight.wait()


class PausingUploads:
    """Uploads; waiting for somebody else's does not count either."""

    def __init__(self, uploads: Uploads, now: Present) -> None:
        self.get, self.put, self.drop = uploads.get, uploads.put, uploads.drop
        self._uploads = uploads
        self._now = now

    @contextmanager
    def flight(self, content_hash: str) -> Iterator[Flight]:
        """The one upload of this content."""
        with self._uploads.flight(content_hash) as flight:
            yield PausingFlight(flight, self._now)


class VideoAnswers:
    """Answers as the present video may use them.

    A job with a salt finds only those that were paid for under the same salt, so that nothing is
    paid twice within it; what it pays for is there for others, too. Notes of calls name the video.
    """

    def __init__(self, answers: Answers, now: Present) -> None:
        self._answers = answers
        self._now = now

    @contextmanager
    def flight(self, call_key: str) -> Iterator[Flight]:
        """The one flight of this call, among those of the same salt."""
        with self._answers.flight(self._salted(call_key)) as flight:
            yield PausingFlight(flight, self._now)

    def begin(self, call_key: str, what: str) -> None:
        """Notes that the call is about to be sent."""
        claim = self._now.claim
        self._answers.begin(call_key, f"{claim.job.name}: {what}" if claim else what)

    def put(self, call_key: str, answer: str) -> None:
        """Stores the answer. Safe to repeat."""
        salted = self._salted(call_key)
        if salted != call_key:
            self._answers.put(salted, answer)
        self._answers.put(call_key, answer)

    def drop(self, call_key: str, answer: str) -> None:
        """Removes this answer."""
        self._answers.drop(self._salted(call_key), answer)

    def spend(self, call_key: str, what: str, why: str) -> None:
        """Notes that the call was paid for in vain."""
        claim = self._now.claim
        self._answers.spend(call_key, f"{claim.job.name}: {what}" if claim else what, why)

    def forget(self, call_key: str) -> None:
        """Takes the note back."""
        self._answers.forget(call_key)

    def _salted(self, call_key: str) -> str:
        salt = self._now.claim.job.salt if self._now.claim else ""
        return hashlib.sha256(f"{call_key} {salt}".encode()).hexdigest() if salt else call_key
