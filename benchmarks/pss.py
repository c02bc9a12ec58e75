"""The memory that processes take together: the sum of their proportional sets. Linux only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

LOOK_EVERY_S = 0.05
# Who belongs to it changes seldom, and asking costs as much as the looks.
LIST_EVERY_S = 0.5


def pss_bytes(pid: int) -> int:
    """The process' own pages, and its part of those that it shares; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


class PeakPss:
    """The largest sum, looked for every 0.05 s while the block runs."""

    def __init__(self, pids: Callable[[], Sequence[int]]) -> None:
        self.bytes = 0
        self.looks = 0
        self._pids = pids
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        pids, listed_s = self._pids(), time.monotonic()
        while not self._stopped.is_set():
            if time.monotonic() - listed_s > LIST_EVERY_S:
                pids, listed_s = self._pids(), time.monotonic()
            self.bytes = max(self.bytes, sum(map(pss_bytes, pids)))
            self.looks += 1
            self._stopped.wait(LOOK_EVERY_S)

    def __enter__(self) -> PeakPss:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()
