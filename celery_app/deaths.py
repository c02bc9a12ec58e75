"""How a pool child ended, in the few words that a dead letter keeps."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from typing import Any

from videobatch.records import OVERDUE

UNKNOWN = "an unknown end"
# The newest this many children are remembered.
_REMEMBERED = 1024


class Deaths:
    """Remembers a pool's processes, since the pool forgets those that are gone.

    `processes` gives those of the pool at this moment, each with a `pid` and an `exitcode`.
    """

    def __init__(self, processes: Callable[[], Iterable[Any]]) -> None:
        self._processes = processes
        self._seen: dict[int, Any] = {}
        self._overdue: set[int] = set()

    def look(self) -> None:
        """Remembers who is there now."""
        for process in list(self._processes()):
            # A process id may come again: the newest child counts.
            if self._seen.get(process.pid) is not process:
                self._seen.pop(process.pid, None)
                self._overdue.discard(process.pid)
                self._seen[process.pid] = process
        while len(self._seen) > _REMEMBERED:
            self._seen.pop(next(iter(self._seen)))

    def is_overdue(self, pid: int) -> None:
        """Notes that this child is ended because it took too long."""
        self._overdue.add(pid)

    def cause(self, pid: int) -> str:
        """The name of the signal that ended the child, or its exit code."""
        if pid in self._overdue:
            return OVERDUE
        process = self._seen.get(pid)
        code = None if process is None else process.exitcode
        if code is None:
            return UNKNOWN
        if code >= 0:
            return f"exit code {code}"
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"
