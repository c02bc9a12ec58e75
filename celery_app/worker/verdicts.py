"""Judges the end of a pool child: does it speak against the video that it worked on?

Only what a process brings on itself does: a signal that the kernel sends for what the process did,
an end of its own, a time limit that it did not heed, memory that it had most of when there was none
left. A kill from outside proves nothing, whoever sent it: a person, a supervisor, the kernel for
want of memory that others held, a machine that goes down.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

from videobatch.records import OVERDUE, Death

UNKNOWN = "an unknown end"

# Signals that the kernel sends to a process for what it did, or the C library for it (signal(7)).
OWN_SIGNALS = frozenset(
    {"SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP", "SIGXCPU", "SIGXFSZ"}
)
# The pool's own: it is done with its share of videos (billiard's EX_RECYCLE), or was told to end.
_PLANNED = frozenset({os.EX_OK, 0x9B})
# The ledger refused it, and it ended so that another process would ask again.
ABANDONED = os.EX_TEMPFAIL


@dataclass(frozen=True, slots=True)
class Ending:
    """The facts that are known of a child's end.

    `exit_code` as Popen has it: negative for a signal, None where nobody knows. `is_overdue`: its
    worker ended it, because it was over its time limit. `oom_kills`: processes that the kernel has
    killed for want of memory since it was last seen alive. `is_largest`: no other child of its
    worker held more memory then.
    """

    exit_code: int | None
    is_overdue: bool = False
    oom_kills: int = 0
    is_largest: bool = False
    rss_bytes: int | None = None


def verdict(ending: Ending) -> Death:
    """The child's end in a few words, and whether that speaks against its video."""
    how, suspect = _judged(ending)
    return Death(how, suspect, ending.rss_bytes)


def _judged(ending: Ending) -> tuple[str, bool]:
    code = ending.exit_code
    if ending.is_overdue:
        return OVERDUE, True
    if code is None:
        return UNKNOWN, False
    if code >= 0:
        if code == ABANDONED:
            return f"exit code {code}, because the ledger refused it", False
        return f"exit code {code}", code not in _PLANNED
    name = _signal_name(-code)
    if name == "SIGKILL" and ending.oom_kills:
        if ending.is_largest:
            return "SIGKILL, out of memory", True
        return "SIGKILL, out of memory, though others held more", False
    return name, name in OWN_SIGNALS


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
