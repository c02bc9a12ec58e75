"""A Redis in the test's own process: for logic over the ledger, where no server need be."""

from __future__ import annotations

from typing import Any

from fakeredis import FakeRedis
from redis import Redis


class _Sound(FakeRedis):
    def hrandfield(self, key: Any, count: int | None = None, withvalues: bool = False) -> Any:
        """As the server's: no fields of no hash are an empty list."""
        found = super().hrandfield(key, count, withvalues)
        return [] if found is None and count is not None else found


def fake_redis() -> Redis:
    """An empty one of its own, which knows Lua, and answers as `connection.connect` has it."""
    return _Sound(server_type="redis", version=(7,), decode_responses=True)
