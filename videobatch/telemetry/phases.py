"""The phases of a worker's tasks, in memory that its processes share.

The table is made before the fork: one row for each pool child, written by that child alone and
read by the main process, so that nothing is locked between processes. A row has these 64-bit
cells: the child's id, a count of threads for each phase, what is counted from the worker's start
on (a row's next child goes on counting), when its last claim found no room (monotonic clock, ms; 0:
never) and why, the order of the fencing token under which it works (0: none, -1: it never said),
and in the last one the time at which the child is to be ended (the same clock; 0: none). Children
that are spawned instead of forked would each see a table of their own.
"""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, fields

from videobatch.records import Counted, NoRoom, Phase

ROWS = 256
_CELLS = 4 + len(Phase) + len(Counted) + len(fields(NoRoom))
_CELL_BYTES = 8
_COLUMNS: Mapping[Phase, int] = {phase: 1 + n for n, phase in enumerate(Phase)}
_COUNTERS: Mapping[Counted, int] = {what: 1 + len(_COLUMNS) + n for n, what in enumerate(Counted)}
_NO_ROOM = 1 + len(_COLUMNS) + len(_COUNTERS)
_WHY = slice(_NO_ROOM + 1, _NO_ROOM + 1 + len(fields(NoRoom)))
_TOKEN_ORDER = _CELLS - 2
_DEADLINE = _CELLS - 1


class PhaseTable:
    """Counts of threads by phase, for up to `rows` children."""

    def __init__(self, rows: int = ROWS) -> None:
        self._rows = rows
        self._memory = mmap.mmap(-1, rows * _CELLS * _CELL_BYTES)
        self._cells = memoryview(self._memory).cast("q")

    def join(self, row: int) -> PhaseRow:
        """Takes over a row for this process; whoever had it before is dead."""
        first = row % self._rows * _CELLS
        cells = self._cells[first : first + _CELLS]
        for column in _COLUMNS.values():
            cells[column] = 0
        cells[_DEADLINE] = 0
        cells[_TOKEN_ORDER] = -1
        cells[0] = os.getpid()
        return PhaseRow(cells)

    def pids(self) -> frozenset[int]:
        """The ids of the children that ever joined and were not replaced; some may be dead."""
        return frozenset(self._cells.tolist()[::_CELLS]) - {0}

    def overdue(self, now_s: float) -> frozenset[int]:
        """The children whose deadline has passed; some may be dead."""
        cells = self._cells.tolist()
        now_ms = now_s * 1000
        rows = range(0, len(cells), _CELLS)
        return frozenset(cells[r] for r in rows if 0 < cells[r + _DEADLINE] <= now_ms) - {0}

    def token_order(self, pid: int) -> int | None:
        """The order of the fencing token under which the child works, 0 where it works on nothing;
        None where nobody knows."""
        cells = self._cells.tolist()
        found = [cells[r + _TOKEN_ORDER] for r in range(0, len(cells), _CELLS) if cells[r] == pid]
        return found[0] if found and found[0] >= 0 else None

    def no_room(self) -> tuple[float, NoRoom] | None:
        """The last claim of all that found no room: when (monotonic clock, seconds), and why."""
        cells = self._cells.tolist()
        first = max(range(0, len(cells), _CELLS), key=lambda row: cells[row + _NO_ROOM])
        row = cells[first : first + _CELLS]
        return (row[_NO_ROOM] / 1000, NoRoom(*row[_WHY])) if row[_NO_ROOM] else None

    def counts(self, is_alive: Callable[[int], bool]) -> dict[Phase, int]:
        """Threads in each phase; the rows of dead children count for nothing."""
        cells = self._cells.tolist()
        totals = dict.fromkeys(Phase, 0)
        for first in range(0, len(cells), _CELLS):
            if cells[first] and is_alive(cells[first]):
                for phase, column in _COLUMNS.items():
                    totals[phase] += cells[first + column]
        return totals

    def totals(self) -> dict[Counted, int]:
        """The counts since the table was made, those of the dead as well."""
        cells = self._cells.tolist()
        return {what: sum(cells[column::_CELLS]) for what, column in _COUNTERS.items()}


class PhaseRow:
    """One child's row; it satisfies `ports.Phases`, for any number of threads."""

    def __init__(self, cells: memoryview[int]) -> None:
        self._cells = cells
        self._lock = threading.Lock()
        self._current = threading.local()

    @contextmanager
    def mark(self, phase: Phase) -> Iterator[None]:
        """Counts this thread in `phase` until the block ends. Nesting replaces the outer mark."""
        outer: Phase | None = getattr(self._current, "phase", None)
        self._move(outer, phase)
        try:
            yield
        finally:
            self._move(phase, outer)

    def count(self, what: Counted, amount: int = 1) -> None:
        """Adds to what is counted."""
        with self._lock:
            self._cells[_COUNTERS[what]] += amount

    def arm(self, deadline_s: float | None) -> None:
        """Asks to be ended at this time of the monotonic clock, or (None) not to be."""
        self._cells[_DEADLINE] = 0 if deadline_s is None else round(deadline_s * 1000)

    def works_under(self, token_order: int) -> None:
        """Says under which token it works from now on (0: none)."""
        self._cells[_TOKEN_ORDER] = token_order

    def no_room(self, why: NoRoom, now_s: float) -> None:
        """Notes that a claim found none at this time of the monotonic clock."""
        for cell, value in zip(range(_CELLS)[_WHY], astuple(why), strict=True):
            self._cells[cell] = value
        # The last one: whoever sees the time sees what belongs to it.
        self._cells[_NO_ROOM] = round(now_s * 1000)

    def _move(self, old: Phase | None, new: Phase | None) -> None:
        with self._lock:
            if old is not None:
                self._cells[_COLUMNS[old]] -= 1
            if new is not None:
                self._cells[_COLUMNS[new]] += 1
        self._current.phase = new
