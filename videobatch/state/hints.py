"""Which messages are out, and which of them are in the queue: read in pages, outside of scripts, so
that a long queue holds up nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from redis import Redis

from videobatch.state.connection import patiently

PAGE = 500
# The id of a message, as `publish` in the scripts makes it.
_MESSAGE_ID = re.compile(r"([A-Za-z0-9._-]+):([A-Za-z0-9._-]+):\d+-\d+")


class Hints:
    """Reads of the messages. Each raises LedgerError if Redis is away for too long."""

    def __init__(self, client: Redis, prefix: str, *, patience_s: float) -> None:
        self._client = client
        self._prefix = prefix
        self._patience_s = patience_s

    def older_than(self, at_ms: int) -> list[tuple[str, str]]:
        """ "B/V" of the messages that were published before then, and when (ms)."""
        return list(self._older_than(at_ms))

    def _older_than(self, at_ms: int) -> Iterator[tuple[str, str]]:
        key, start = f"{self._prefix}:hints", 0
        while True:
            first = start
            found = patiently(
                lambda first=first: cast(  # type: ignore[misc]
                    "list[tuple[str, float]]",
                    self._client.zrangebyscore(key, "-inf", at_ms, first, PAGE, withscores=True),
                ),
                patience_s=self._patience_s,
            )
            yield from ((member, f"{published_ms:.0f}") for member, published_ms in found)
            if len(found) < PAGE:
                return
            start += PAGE

    def queued(self) -> set[str]:
        """ "B/V" of the messages in the queue. One that is there all the while is found: others
        come and go at both ends, and from the left none is passed over."""
        queue = patiently(
            lambda: cast("str | None", self._client.hget(f"{self._prefix}:publishing", "queue")),
            patience_s=self._patience_s,
        )
        return set(self._queued(queue)) if queue else set()

    def _queued(self, queue: str) -> Iterator[str]:
        start = 0
        while True:
            first = start
            texts = patiently(
                lambda first=first: cast(  # type: ignore[misc]
                    "list[str]", self._client.lrange(queue, first, first + PAGE - 1)
                ),
                patience_s=self._patience_s,
            )
            for text in texts:
                if found := _MESSAGE_ID.search(text):
                    yield f"{found[1]}/{found[2]}"
            if len(texts) < PAGE:
                return
            start += PAGE
