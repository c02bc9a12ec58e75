"""Files that a provider keeps for us, by the hash of their content."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import cast

from redis import Redis

from videobatch.ports import Flight
from videobatch.records import StoredFile, from_json, to_json
from videobatch.state.call_flights import CallFlights
from videobatch.state.connection import patiently

# An hour less than Gemini keeps them.
KEPT_S = 47 * 3600


class RedisUploads:
    """Satisfies `ports.Uploads` for one account; each is forgotten shortly before the provider
    deletes it."""

    def __init__(
        self,
        client: Redis,
        prefix: str,
        account: str,
        *,
        patience_s: float = 60.0,
        is_stopping: Callable[[], bool] = lambda: False,
        attempt: Callable[[], tuple[str, str]] = lambda: ("", ""),
    ) -> None:
        """`is_stopping` and `attempt` are those of `CallFlights`."""
        self._client = client
        self._key = f"{prefix}:upload:{account}:"
        self._account = account
        self._patience_s = patience_s
        self._flights = CallFlights(
            client,
            prefix,
            kept_s=KEPT_S,
            patience_s=patience_s,
            is_stopping=is_stopping,
            attempt=attempt,
        )

    def flight(self, content_hash: str) -> AbstractContextManager[Flight]:
        """The one upload of this content, until the block ends."""
        return self._flights.flight(f"upload:{self._account}:{content_hash}", has_answer=False)

    def get(self, content_hash: str) -> StoredFile | None:
        """What is known of it, or None."""
        stored = patiently(
            lambda: cast("str | None", self._client.get(f"{self._key}{content_hash}")),
            patience_s=self._patience_s,
        )
        return None if stored is None else from_json(StoredFile, stored)

    def put(self, content_hash: str, upload: StoredFile) -> None:
        """Notes it. Safe to repeat."""
        text = to_json(upload)
        patiently(
            lambda: self._client.set(f"{self._key}{content_hash}", text, ex=KEPT_S),
            patience_s=self._patience_s,
        )

    def drop(self, content_hash: str) -> None:
        """It is gone. Safe to repeat."""
        patiently(
            lambda: self._client.delete(f"{self._key}{content_hash}"), patience_s=self._patience_s
        )
