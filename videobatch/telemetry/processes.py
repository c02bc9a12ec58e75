"""The processes that live, and the memory that they hold."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

_DEAD = frozenset({psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD})
_HAS_PROC = sys.platform == "linux"


@dataclass(frozen=True, slots=True)
class ProcessTree:
    """A process and its children. Bytes; `pss_bytes` shares common pages out (None: unknown), and
    `child_pss` is that of each child, in the order of `child_pids`."""

    pid: int
    child_pids: tuple[int, ...]
    rss_bytes: int
    pss_bytes: int | None
    child_pss: tuple[int, ...] = ()


def is_living_child(pid: int, parent_pid: int) -> bool:
    """True if `pid` runs and is a child of `parent_pid`; a zombie does not run."""
    if _HAS_PROC:
        return _reads_as_child(pid, parent_pid)
    try:
        process = psutil.Process(pid)
        return process.ppid() == parent_pid and process.status() not in _DEAD
    except psutil.NoSuchProcess:
        return False


def _reads_as_child(pid: int, parent_pid: int) -> bool:
    # Ten looks a second at each child: one small read instead of psutil's several.
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    # proc(5): pid (command) state ppid ...; the command may hold spaces and parentheses.
    state, parent = stat.rpartition(b")")[2].split()[:2]
    return state not in {b"Z", b"X"} and int(parent) == parent_pid


def process_tree(pid: int, *, with_pss: bool = True) -> ProcessTree:
    """The memory of a process and of its direct children that are still there.

    `with_pss` reads the kernel's page accounting, about a millisecond for each process.
    Raises psutil.NoSuchProcess if `pid` itself is gone.
    """
    main = psutil.Process(pid)
    sizes: dict[int, tuple[int, int | None]] = {}
    for process in (main, *main.children()):
        try:
            rss_bytes = process.memory_info().rss
            sizes[process.pid] = (rss_bytes, _pss(process) if with_pss else None)
        except psutil.NoSuchProcess:
            continue
    shares = [pss for _, pss in sizes.values() if pss is not None]
    return ProcessTree(
        pid=pid,
        child_pids=tuple(each for each in sizes if each != pid),
        rss_bytes=sum(rss for rss, _ in sizes.values()),
        pss_bytes=sum(shares) if len(shares) == len(sizes) else None,
        child_pss=tuple(pss for each, (_, pss) in sizes.items() if each != pid and pss is not None),
    )


def _pss(process: psutil.Process) -> int | None:
    try:
        pss: int | None = getattr(process.memory_full_info(), "pss", None)
    except psutil.AccessDenied:
        return None
    return pss
