"""The most memory that this process took over a stretch of its life."""

from __future__ import annotations

import re
from pathlib import Path

CLEAR_REFS, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
# proc(5): 5 sets the peak of the resident set back to what is resident now.
RESET_PEAK = "5"


class PeakMemory:
    """Bytes beyond what a fresh process has. Linux alone tells; elsewhere nothing is known."""

    def __init__(self) -> None:
        """Takes what is resident now for what a fresh process has."""
        self._fresh_bytes = _resident("VmRSS")

    def begin(self) -> None:
        """Counts the peak from here on."""
        try:
            CLEAR_REFS.write_text(RESET_PEAK)
        except OSError:
            self._fresh_bytes = None

    def bytes(self) -> int | None:
        """The most since `begin`, None where that is not known."""
        peak = _resident("VmHWM")
        if peak is None or self._fresh_bytes is None:
            return None
        return max(0, peak - self._fresh_bytes)


def _resident(name: str) -> int | None:
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None
