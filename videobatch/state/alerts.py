"""Alerts, which a person should know of, kept in a Redis stream."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from videobatch.state.commands import Commands, Entry
from videobatch.state.store import Store

MOST_KEPT = 1000
# The same is said once in this time, whoever says it.
QUIET_S = 600

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should know of; `at_s` is Unix seconds by Redis' clock."""

    severity: str
    code: str
    message: str
    at_s: float


class Alerts:
    """The stream `P:alerts`; the newest thousand are kept. Each call raises LedgerError once Redis
    was away for too long."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def tell(self, severity: Severity, code: str, message: str, *, quiet_s: int = QUIET_S) -> bool:
        """Adds one, unless the same was said in the last `quiet_s`. True if it was added. A repeat
        after a lost answer may add none."""
        digest = hashlib.sha256(f"{code} {message}".encode()).hexdigest()[:16]
        keys = self._store.keys

        def add(redis: Commands) -> bool:
            if not redis.set(keys.alert_said(digest), 1, nx=True, ex=quiet_s):
                return False
            fields = {"severity": severity, "code": code, "message": message}
            redis.xadd(keys.alerts, fields, maxlen=MOST_KEPT)
            return True

        return self._store.ask(add)

    def since(self, last_id: str | None) -> tuple[str, list[Alert]]:
        """The alerts after the one of that id, and the id to ask with next time; None asks for
        those that come from now on."""

        stream = self._store.keys.alerts

        def read(redis: Commands) -> tuple[str, list[Entry]]:
            if last_id is None:
                newest = redis.xrevrange(stream, count=1)
                return (newest[0][0] if newest else "0-0"), []
            entries = redis.xrange(stream, f"({last_id}")
            return (entries[-1][0] if entries else last_id), entries

        newest_id, entries = self._store.ask(read)
        return newest_id, [_alert(entry, fields) for entry, fields in entries]

    def recent(self, seconds: float) -> list[Alert]:
        """The alerts of the last so many seconds, the oldest first."""

        def read(redis: Commands) -> list[Entry]:
            now_s, _ = redis.time()
            since = f"{max(0, int(now_s - seconds)) * 1000}-0"
            return redis.xrange(self._store.keys.alerts, since)

        return [_alert(entry, fields) for entry, fields in self._store.ask(read)]


def _alert(entry: str, fields: dict[str, str]) -> Alert:
    at_s = int(entry.partition("-")[0]) / 1000
    return Alert(fields["severity"], fields["code"], fields["message"], at_s)
