"""Files that a provider keeps for us, by the hash of their content."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from videobatch.ports import Flight
from videobatch.records import StoredFile, from_json, to_json
from videobatch.state.call_flights import CallFlights
from videobatch.state.store import Store

# An hour less than Gemini keeps them.
KEPT_S = 47 * 3600


class RedisUploads:
    """Satisfies `ports.Uploads` for one account; each is forgotten shortly before the provider
    deletes it."""

    def __init__(
        self,
        store: Store,
        account: str,
        *,
        is_stopping: Callable[[], bool] = lambda: False,
        attempt: Callable[[], tuple[str, str]] = lambda: ("", ""),
    ) -> None:
        """`is_stopping` and `attempt` are those of `CallFlights`."""
        self._store = store
        self._account = account
        self._flights = CallFlights(
            store,
            kept_s=KEPT_S,
            is_stopping=is_stopping,
            attempt=attempt,
        )

    def flight(self, content_hash: str) -> AbstractContextManager[Flight]:
        """The one upload of this content, until the block ends."""
        return self._flights.flight(f"upload:{self._account}:{content_hash}", has_answer=False)

    def get(self, content_hash: str) -> StoredFile | None:
        """The file that is kept with this content, or None."""
        key = self._key(content_hash)
        stored = self._store.ask(lambda redis: redis.get(key))
        return None if stored is None else from_json(StoredFile, stored)

    def put(self, content_hash: str, upload: StoredFile) -> None:
        """Remembers it. Safe to repeat."""
        key, text = self._key(content_hash), to_json(upload)
        self._store.ask(lambda redis: redis.set(key, text, ex=KEPT_S))

    def drop(self, content_hash: str) -> None:
        """Forgets it, since it is gone. Safe to repeat."""
        key = self._key(content_hash)
        self._store.ask(lambda redis: redis.delete(key))

    def _key(self, content_hash: str) -> str:
        return self._store.keys.upload(self._account, content_hash)
