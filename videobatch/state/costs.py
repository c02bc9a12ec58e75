"""The cost of calls, as the limiter noted it: by batch, video and day."""

from __future__ import annotations

from datetime import date, timedelta

from videobatch.state.store import Store

MICROS = 1_000_000
FIRST_DAY = date(1970, 1, 1)


class Costs:
    """US dollars that were paid, and those reserved for calls that are out. A call that nobody
    saw the end of counts in full; models whose price is not known count nothing. Each read raises
    LedgerError if Redis is away for too long."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def batches(self) -> dict[str, float]:
        """The dollars of each batch."""
        return self._usd(self._store.keys.paid)

    def videos(self, batch_id: str) -> dict[str, float]:
        """The dollars of each video of the batch."""
        return self._usd(self._store.keys.paid_of(batch_id))

    def days(self) -> dict[date, float]:
        """The dollars of each day, the first one first."""
        found = self._usd(self._store.keys.paid_days)
        return {FIRST_DAY + timedelta(days=int(day)): found[day] for day in sorted(found, key=int)}

    def batch(self, batch_id: str) -> float:
        """The dollars of one batch."""
        return self._one(self._store.keys.paid, batch_id)

    def video(self, batch_id: str, video_id: str) -> float:
        """The dollars of one video."""
        return self._one(self._store.keys.paid_of(batch_id), video_id)

    def _usd(self, key: str) -> dict[str, float]:
        found = self._store.ask(lambda redis: redis.hgetall(key))
        return {name: int(micros) / MICROS for name, micros in found.items()}

    def _one(self, key: str, name: str) -> float:
        found = self._store.ask(lambda redis: redis.hget(key, name))
        return int(found or 0) / MICROS
