"""Detects a Redis that went back in time: a power cut, a failover or a backup took its last writes.

A process renews a mark of its own in Redis, its beat, and remembers it. Where Redis has an older
one, it has lost what came after. What nobody may lose by that, the process remembers too: how much
money was spent on the day, as far as calls are over. That counts again at once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from videobatch.errors import LedgerError
from videobatch.state.alerts import Alerts
from videobatch.state.store import Store

log = logging.getLogger(__name__)

WENT_BACK = "redis_went_back"
# A process that was stopped for longer knows nothing any more.
KEPT_S = 3600.0
MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """The memory of a process: its mark (ms, -1: none yet), and the sum of what was settled on a
    day (numbered from 1970; -1: none), in millionths of a dollar."""

    mark_ms: int = -1
    money_day: int = -1
    money_micros: int = 0


@dataclass(frozen=True, slots=True)
class WentBack:
    """The time that Redis had lost, in seconds (None: it no longer knew the process), and how many
    dollars that had been forgotten count again."""

    lost_s: float | None
    recalled_usd: float


class Beats:
    """The beat of the process `name`. Raises LedgerError if Redis is away for too long."""

    def __init__(
        self,
        store: Store,
        name: str,
        *,
        seen: Seen | None = None,
        kept_s: float = KEPT_S,
    ) -> None:
        self._store = store
        self._alerts = Alerts(store)
        self.name = name
        self._kept_ms = round(kept_s * 1000)
        self.seen = seen or Seen()

    def look(self) -> WentBack | None:
        """Renews the mark, and tells what Redis had lost since the last look, if anything. Safe to
        repeat."""
        seen = self.seen
        money = (seen.money_day, seen.money_micros)
        reply = self._store.run("limits/beat", self.name, seen.mark_ms, self._kept_ms, *money)
        mark_ms, behind_ms, recalled, day, sum_micros = map(int, reply)
        self.seen = replace(seen, mark_ms=mark_ms)
        if day >= seen.money_day:
            self.seen = Seen(mark_ms, day, sum_micros)
        if not behind_ms and not recalled:
            return None
        return WentBack(None if behind_ms < 0 else behind_ms / 1000, recalled / MICROS)

    def look_and_tell(self) -> None:
        """Does the same, with a line in the log and an alert."""
        found = self.look()
        if found is not None:
            tell(self._alerts, found)


def tell(alerts: Alerts, found: WentBack) -> None:
    """Says that Redis went back in time; once in ten minutes, whoever sees it first."""
    log.error("%s (%s)", what(found), "lost: unknown" if found.lost_s is None else found.lost_s)
    try:
        alerts.tell("error", WENT_BACK, what(WentBack(None, 0.0)))
        if found.recalled_usd:
            alerts.tell("warning", WENT_BACK, what(found))
    except LedgerError as error:
        log.info("an alert is lost: %s", error.message)


def what(found: WentBack) -> str:
    """Tells what happened, in a sentence without a figure that differs from process to process."""
    if found.recalled_usd:
        return (
            f"Redis had forgotten {found.recalled_usd:.2f} USD of what was spent; they count again"
        )
    return (
        "Redis went back in time: what it was told last is gone, and is done again where its "
        "documents are not there"
    )
