"""The memory that a process holds, and how often the kernel found none for somebody here."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import psutil

from videobatch.telemetry.cgroup import Cgroup

_STATM = "/proc/{}/statm"
_VMSTAT = Path("/proc/vmstat")


def resident_bytes(pid: int) -> int | None:
    """The memory of a process that lives; None, or 0, of one that does not."""
    try:
        # proc(5): size resident shared ..., in pages.
        return int(Path(_STATM.format(pid)).read_bytes().split()[1]) * _page_bytes()
    except (OSError, IndexError):
        return None if Path("/proc/self").exists() else _asked_resident(pid)


def _asked_resident(pid: int) -> int | None:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return None


@cache
def _page_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE")


def oom_kills(cgroup: Cgroup | None = None, vmstat: Path = _VMSTAT) -> int:
    """Processes of this container that were killed for want of memory, its own or the machine's;
    of the whole machine where there is no container; 0 where nobody counts them."""
    of_group = (cgroup or _own_group()).oom_kills()
    if of_group is not None:
        return of_group
    try:
        lines = vmstat.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


@cache
def _own_group() -> Cgroup:
    return Cgroup()
