"""The counts that workers keep from their start on, as differences over the last while."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from controllers.fleet.readings import Readings
from videobatch.records import Counted

KEPT_S = 120.0


class _Noted(NamedTuple):
    at_s: float
    counted: Mapping[Counted, int]


@dataclass(frozen=True, slots=True)
class Gained:
    """The counts that were added within `span_s` seconds."""

    span_s: float
    counts: Mapping[Counted, int]

    def __getitem__(self, what: Counted) -> int:
        return self.counts[what]


@dataclass(slots=True)
class Counters:
    """The counts of each worker that lives, over the last two minutes.

    One rule holds for all sums: only what is added between two readings of the same worker counts.
    A worker that is seen for the first time, or of which a count is lower than before because it
    began anew, has added nothing yet; one that has gone takes with it what it had added. A clock
    that was put back makes all begin anew.
    """

    _noted: dict[str, deque[_Noted]] = field(default_factory=dict)

    def note(self, readings: Readings, at_s: float) -> None:
        """Takes in these readings. The time is that of the ledger's clock."""
        for worker, reading in readings.items():
            counted, noted = reading.sample.counted, self._noted.setdefault(worker, deque())
            if noted and (at_s < noted[-1].at_s or _is_lower(counted, noted[-1].counted)):
                noted.clear()
            noted.append(_Noted(at_s, counted))
            while noted[0].at_s < at_s - KEPT_S:
                noted.popleft()
        for gone in self._noted.keys() - readings.keys():
            del self._noted[gone]

    def gained(self, over_s: float, workers: Iterable[str] | None = None) -> Gained | None:
        """The sum over these workers (None: over all) for up to `over_s` seconds, `KEPT_S` at
        most; None where none of them was read twice in that time."""
        chosen = self._noted if workers is None else workers
        spans = list(self._spans(over_s, chosen))
        if not spans:
            return None
        counts = {
            what: sum(last.counted[what] - first.counted[what] for first, last in spans)
            for what in Counted
        }
        return Gained(max(last.at_s - first.at_s for first, last in spans), counts)

    def totals(self) -> Mapping[Counted, int]:
        """The counts of all workers that live, each from its start on."""
        newest = [noted[-1].counted for noted in self._noted.values()]
        return {what: sum(counted[what] for counted in newest) for what in Counted}

    def _spans(self, over_s: float, workers: Iterable[str]) -> Iterator[tuple[_Noted, _Noted]]:
        for worker in workers:
            noted = self._noted.get(worker)
            if noted is None:
                continue
            first = bisect_left(noted, noted[-1].at_s - over_s, key=lambda each: each.at_s)
            if first < len(noted) - 1:
                yield noted[first], noted[-1]


def _is_lower(counted: Mapping[Counted, int], before: Mapping[Counted, int]) -> bool:
    return any(counted[what] < before[what] for what in Counted)
