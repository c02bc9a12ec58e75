"""Messages for the videos that are next: what is published, where, and how much of it at once."""

from __future__ import annotations

from videobatch.state.ledger.part import LedgerPart

WINDOW_LEAST = 4
# As in `_hints.lua`.
FED_AT_ONCE = 20


class Feeding(LedgerPart):
    """The queue, filled up to its window."""

    def set_publishing(self, queue: str, message: str) -> None:
        """Tells the scripts which message to put on which queue for a video. Safe to repeat."""
        key = self.store.keys.publishing
        told = {"queue": queue, "message": message}
        self.store.ask(lambda redis: redis.hset(key, mapping=told))
        self.store.ask(lambda redis: redis.hsetnx(key, "window", WINDOW_LEAST))

    def set_window(self, slots: int) -> None:
        """The number of messages that may wait in the queue: the slots wanted, four at least."""
        key, window = self.store.keys.publishing, max(WINDOW_LEAST, slots)
        self.store.ask(lambda redis: redis.hset(key, "window", window))

    def feed(self) -> int:
        """Fills the queue up to the window; the number of messages published."""
        fed = 0
        while True:
            step: int = self._run("ledger/feed")
            fed += step
            if step < FED_AT_ONCE:
                return fed
