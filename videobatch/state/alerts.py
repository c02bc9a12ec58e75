"""What a person should know of, kept in a Redis stream."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal, cast

from redis import Redis

from videobatch.state.connection import patiently

MOST_KEPT = 1000
# The same is said once in this time, whoever says it.
QUIET_S = 600

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One of them; `at_s` is Unix seconds by Redis' clock."""

    severity: str
    code: str
    message: str
    at_s: float


class Alerts:
    """The stream `P:alerts`; the newest thousand are kept. Each call raises LedgerError once Redis
    was away for too long."""

    def __init__(self, client: Redis, prefix: str, *, patience_s: float = 5.0) -> None:
        self._client = client
        self._prefix = prefix
        self._patience_s = patience_s
        self._stream = f"{prefix}:alerts"

    def tell(self, severity: Severity, code: str, message: str, *, quiet_s: int = QUIET_S) -> bool:
        """Adds one, unless the same was said in the last `quiet_s`. True if it was added. A repeat
        after a lost answer may add none."""
        digest = hashlib.sha256(f"{code} {message}".encode()).hexdigest()[:16]
        mark = f"{self._prefix}:alerts:said:{digest}"

        def add() -> bool:
            if not self._client.set(mark, 1, nx=True, ex=quiet_s):
                return False
            fields = {"severity": severity, "code": code, "message": message}
            self._client.xadd(self._stream, fields, maxlen=MOST_KEPT)  # type: ignore[arg-type]
            return True

        return patiently(add, patience_s=self._patience_s)

    def since(self, last_id: str | None) -> tuple[str, list[Alert]]:
        """Those after the one of that id, and the id to ask with the next time; None asks for those
        that come from now on."""

        def read() -> tuple[str, list[tuple[str, dict[str, str]]]]:
            if last_id is None:
                newest = cast("list[Any]", self._client.xrevrange(self._stream, count=1))
                return (newest[0][0] if newest else "0-0"), []
            found = self._client.xrange(self._stream, min=f"({last_id}")
            entries = cast("list[tuple[str, dict[str, str]]]", found)
            return (entries[-1][0] if entries else last_id), entries

        newest_id, entries = patiently(read, patience_s=self._patience_s)
        return newest_id, [_alert(entry, fields) for entry, fields in entries]

    def recent(self, seconds: float) -> list[Alert]:
        """Those of the last so many seconds, the oldest first."""

        def read() -> list[tuple[str, dict[str, str]]]:
            now_s, _ = self._client.time()
            since = f"{max(0, int(now_s - seconds)) * 1000}-0"
            found = self._client.xrange(self._stream, min=since)
            return cast("list[tuple[str, dict[str, str]]]", found)

        found = patiently(read, patience_s=self._patience_s)
        return [_alert(entry, fields) for entry, fields in found]


def _alert(entry: str, fields: dict[str, str]) -> Alert:
    at_s = int(entry.partition("-")[0]) / 1000
    return Alert(fields["severity"], fields["code"], fields["message"], at_s)
