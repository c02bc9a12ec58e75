"""Answers in memory, with the same rules as those in Redis, for one process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from videobatch.errors import StoppingError

LOOK_S = 0.02
Attempt = tuple[str, str]


class MemoryAnswers:
    """Satisfies `ports.Answers`; `attempt` and `is_stopping` are those of `CallFlights`."""

    def __init__(
        self,
        shared: MemoryAnswers | None = None,
        *,
        attempt: Callable[[], Attempt] = lambda: ("", ""),
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """With `shared` another process' view of the same store."""
        self.stored: dict[str, str] = shared.stored if shared else {}
        self.notes: dict[str, str] = shared.notes if shared else {}
        self.spent: list[str] = shared.spent if shared else []
        self.flying: dict[str, MemoryFlight] = shared.flying if shared else {}
        self.lock: threading.Condition = shared.lock if shared else threading.Condition()
        self.attempt = attempt
        self.is_stopping = is_stopping

    @contextmanager
    def flight(self, call_key: str) -> Iterator[MemoryFlight]:
        """The one flight of this call, until the block ends."""
        made = MemoryFlight(self, call_key)
        try:
            yield made
        finally:
            made.end()

    def begin(self, call_key: str, what: str) -> None:
        """Notes that the call is about to be sent."""
        self.notes[call_key] = what

    def put(self, call_key: str, answer: str) -> None:
        """Stores the answer."""
        with self.lock:
            self.stored[call_key] = answer
            self.notes.pop(call_key, None)
            self.lock.notify_all()

    def drop(self, call_key: str, answer: str) -> None:
        """Removes this answer."""
        with self.lock:
            if self.stored.get(call_key) == answer:
                del self.stored[call_key]

    def spend(self, call_key: str, what: str, why: str) -> None:
        """Notes that it was paid for in vain."""
        self.spent.append(f"{what}: {why}")
        self.notes.pop(call_key, None)

    def forget(self, call_key: str) -> None:
        """Takes the note back."""
        self.notes.pop(call_key, None)


class MemoryFlight:
    """Satisfies `ports.Flight`."""

    def __init__(self, answers: MemoryAnswers, call_key: str) -> None:
        self._answers = answers
        self._key = call_key
        self._attempt = answers.attempt()
        self._waited_for: MemoryFlight | None = None
        self._left: str | None = None
        self._is_over = False
        self.is_kept = True

    def wait(self) -> str | None:
        """The stored answer; None: it is this caller's to send."""
        with self._answers.lock:
            while True:
                self.is_kept = True
                if self._key in self._answers.stored:
                    return self._answers.stored[self._key]
                before, self._waited_for = self._waited_for, None
                if before is not None and before._is_over and before._left is not None:
                    self.is_kept = False
                    return before._left
                if self._take():
                    return None
                self._waited_for = self._answers.flying[self._key]
                if self._answers.is_stopping():
                    raise StoppingError("the worker is stopping")
                self._answers.lock.wait(LOOK_S)

    def is_due(self) -> bool:
        """False where an answer came meanwhile, or somebody else took over."""
        with self._answers.lock:
            return self._key not in self._answers.stored and self._take()

    def leave(self, answer: str) -> None:
        """Hands an answer that is not kept to those who wait, when the flight ends."""
        self._left = answer

    def end(self) -> None:
        """Gives it to whoever waits."""
        with self._answers.lock:
            self._is_over = True
            if self._answers.flying.get(self._key) is self:
                del self._answers.flying[self._key]
                self._answers.lock.notify_all()

    def _take(self) -> bool:
        other = self._answers.flying.setdefault(self._key, self)
        (video, mark), (their_video, their_mark) = self._attempt, other._attempt
        if other is not self and video and video == their_video and mark != their_mark:
            self._answers.flying[self._key] = other = self
        return other is self
