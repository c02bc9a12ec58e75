"""What a person should know of, kept in a Redis stream."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, cast

from redis import Redis

from videobatch.state.connection import patiently

MOST_KEPT = 1000
# The same is said once in this time, whoever says it.
QUIET_S = 600

Severity = Literal["warning", "error"]


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

    def tell(self, severity: Severity, code: str, message: str) -> bool:
        """Adds one, unless the same was said in the last ten minutes. True if it was added. A
        repeat after a lost answer may add none."""
        digest = hashlib.sha256(f"{code} {message}".encode()).hexdigest()[:16]
        mark = f"{self._prefix}:alerts:said:{digest}"

        def add() -> bool:
            if not self._client.set(mark, 1, nx=True, ex=QUIET_S):
                return False
            fields = {"severity": severity, "code": code, "message": message}
            self._client.xadd(f"{self._prefix}:alerts", fields, maxlen=MOST_KEPT)  # type: ignore[arg-type]
            return True

        return patiently(add, patience_s=self._patience_s)

    def recent(self, seconds: float) -> list[Alert]:
        """Those of the last so many seconds, the oldest first."""

        def read() -> list[tuple[str, dict[str, str]]]:
            now_s, _ = self._client.time()
            since = f"{max(0, int(now_s - seconds)) * 1000}-0"
            found = self._client.xrange(f"{self._prefix}:alerts", min=since)
            return cast("list[tuple[str, dict[str, str]]]", found)

        return [
            Alert(
                fields["severity"],
                fields["code"],
                fields["message"],
                int(entry.partition("-")[0]) / 1000,
            )
            for entry, fields in patiently(read, patience_s=self._patience_s)
        ]
