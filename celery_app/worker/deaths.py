"""The ends of a pool's children, as the worker's main process sees them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from celery_app.worker.verdicts import Ending, verdict
from videobatch.records import Death
from videobatch.telemetry.memory import oom_kills, resident_bytes

# The newest this many children are remembered.
_REMEMBERED = 1024
# While the kernel takes a process' memory back, it is seen with less of it for a few looks. Its
# size and the kills are those of the last second, at ten looks a second.
_LOOKS = 10
# The pool reaps a child in another thread, and for a moment nobody can tell how it ended.
_REAPED_LOOKS, _REAPED_PAUSE_S = 50, 0.02


@dataclass(slots=True)
class _Child:
    process: Any
    rss_bytes: deque[int] = field(default_factory=lambda: deque(maxlen=_LOOKS))
    oom_kills: deque[int] = field(default_factory=lambda: deque(maxlen=_LOOKS))

    @property
    def size_bytes(self) -> int:
        return max(self.rss_bytes, default=0)


class Deaths:
    """Remembers a pool's processes, since the pool forgets those that are gone.

    `processes` gives those of the pool at this moment, each with a `pid` and an `exitcode`;
    `kills` counts what the kernel has killed here for want of memory, `resident` the memory that a
    process holds (None: it is gone).
    """

    def __init__(
        self,
        processes: Callable[[], Iterable[Any]],
        kills: Callable[[], int] = oom_kills,
        resident: Callable[[int], int | None] = resident_bytes,
    ) -> None:
        self._processes = processes
        self._kills = kills
        self._resident = resident
        self._seen: dict[int, _Child] = {}
        self._living: set[int] = set()
        self._overdue: set[int] = set()

    def look(self) -> None:
        """Remembers who is there now, and how large each is."""
        kills = self._kills()
        self._living = set()
        for process in list(self._processes()):
            child = self._seen.get(process.pid)
            # A process id may come again: the newest child counts.
            if child is None or child.process is not process:
                self._seen.pop(process.pid, None)
                self._overdue.discard(process.pid)
                child = self._seen[process.pid] = _Child(process)
            size_bytes = self._resident(process.pid)
            if size_bytes:
                child.rss_bytes.append(size_bytes)
                child.oom_kills.append(kills)
                self._living.add(process.pid)
        while len(self._seen) > _REMEMBERED:
            self._seen.pop(next(iter(self._seen)))

    def note_overdue(self, pid: int) -> None:
        """Notes that this child is ended because it took too long."""
        self._overdue.add(pid)

    def death(self, pid: int) -> Death:
        """The child's end, and whether it speaks against its video."""
        return verdict(self.ending(pid))

    def ending(self, pid: int) -> Ending:
        """The facts of the child's end; asks the kernel for its exit code."""
        child = self._seen.get(pid)
        if child is None:
            return Ending(None, is_overdue=pid in self._overdue)
        others = [self._seen[other].size_bytes for other in self._living - {pid}]
        return Ending(
            exit_code=_exit_code(child.process),
            is_overdue=pid in self._overdue,
            oom_kills=max(0, self._kills() - min(child.oom_kills, default=self._kills())),
            is_largest=child.size_bytes >= max(others, default=0),
            rss_bytes=child.size_bytes or None,
        )


def _exit_code(process: Any) -> int | None:
    """The exit code of a process that is gone; None where nobody knows it after a second."""
    for _ in range(_REAPED_LOOKS):
        code: int | None = process.exitcode
        if code is not None:
            return code
        time.sleep(_REAPED_PAUSE_S)
    return None
