"""The messages that are out, and those of them in the queue: read in pages, outside of scripts, so
that a long queue holds up nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from videobatch.state.store import Store

PAGE = 500
# The id of a message, as `publish` in the scripts makes it.
_MESSAGE_ID = re.compile(r"([A-Za-z0-9._-]+):([A-Za-z0-9._-]+):\d+-\d+")


class Hints:
    """Reads of the messages. Each raises LedgerError if Redis is away for too long."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def older_than(self, at_ms: int) -> list[tuple[str, str]]:
        """ "B/V" of the messages that were published before then, and when (ms)."""
        return list(self._older_than(at_ms))

    def _older_than(self, at_ms: int) -> Iterator[tuple[str, str]]:
        start = 0
        while True:
            found = self._published(at_ms, start)
            yield from ((member, f"{published_ms:.0f}") for member, published_ms in found)
            if len(found) < PAGE:
                return
            start += PAGE

    def _published(self, at_ms: int, start: int) -> list[tuple[str, float]]:
        key = self._store.keys.hints
        return self._store.ask(
            lambda redis: redis.zrangebyscore(key, "-inf", at_ms, start, PAGE, withscores=True)
        )

    def waiting(self, queue: str) -> int:
        """The number of messages in Celery's queue of that name."""
        key = self._store.keys.queue(queue)
        return self._store.ask(lambda redis: redis.llen(key))

    def queued(self) -> set[str]:
        """ "B/V" of the messages in the queue. One that is there all the while is found: others
        come and go at both ends, and from the left none is passed over."""
        queue = self._store.ask(lambda redis: redis.hget(self._store.keys.publishing, "queue"))
        return set(self._queued(queue)) if queue else set()

    def _queued(self, queue: str) -> Iterator[str]:
        start = 0
        while True:
            texts = self._messages(queue, start)
            for text in texts:
                if found := _MESSAGE_ID.search(text):
                    yield f"{found[1]}/{found[2]}"
            if len(texts) < PAGE:
                return
            start += PAGE

    def _messages(self, queue: str, start: int) -> list[str]:
        return self._store.ask(lambda redis: redis.lrange(queue, start, start + PAGE - 1))
