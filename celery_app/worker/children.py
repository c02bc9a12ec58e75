"""The life of a pool child: its row in the phase table, its memory."""

from __future__ import annotations

import gc
import os
import resource
import secrets
import sys
import time
from contextlib import nullcontext
from typing import Any

import psutil
from billiard.process import current_process
from celery import signals

from videobatch.ports import Phases
from videobatch.records import LIFE_MARK, NoRoom, token_order
from videobatch.telemetry.phases import PhaseRow, PhaseTable
from videobatch.telemetry.processes import is_living_child

# Made at import, hence before any fork; all processes of a worker share it.
table = PhaseTable()
_row: PhaseRow | None = None
_LIFE = secrets.token_hex(4)
_address_bytes = 0
FILE_BYTES = 8 << 30


class _Unmarked:
    """Phases for a process that is no pool child."""

    def mark(self, phase: object) -> nullcontext[None]:
        del phase
        return nullcontext()

    def count(self, what: object, amount: int = 1) -> None:
        del what, amount


def owner(hostname: str) -> str:
    """The name under which this worker holds videos: its node name and a mark of its life.

    A worker that starts again under the same name (and, in a container, with the same process
    ids) must not renew what its former life left behind.
    """
    return f"{hostname}{LIFE_MARK}{_LIFE}"


def phases() -> Phases:
    """The row in which this process marks what it does; outside a pool child marks go nowhere."""
    return _row or _Unmarked()


def arm(deadline_s: float | None) -> None:
    """Has the main process end this pool child at that time of the monotonic clock (None: no
    more); elsewhere nobody looks."""
    if _row is not None:
        _row.arm(deadline_s)


def works_under(token: str | None) -> None:
    """Lets the main process know under which fencing token this pool child works (None: none)."""
    if _row is not None:
        _row.works_under(0 if token is None else token_order(token))


def no_room(why: NoRoom) -> None:
    """Has the main process see to it that there is a next try once there may be room."""
    if _row is not None:
        _row.no_room(why, time.monotonic())


def confine(address_bytes: int | None = None) -> None:
    """Limits what decoding a file can take of this process' machine: so much address space more
    than there is (None: as `follow` was told), no core dumps, no file larger than FILE_BYTES. What
    meets a limit fails with its own error, and takes no other process along."""
    more_bytes = _address_bytes if address_bytes is None else address_bytes
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, FILE_BYTES)
    # Python ignores SIGXFSZ, so that a write over the limit is an OSError.
    if more_bytes and sys.platform == "linux":
        _lower(resource.RLIMIT_AS, psutil.Process().memory_info().vms + more_bytes)


def _lower(what: int, soft: int) -> None:
    _, hard = resource.getrlimit(what)
    limit = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(what, (limit, hard))


def is_own_child(pid: int) -> bool:
    """True while `pid` is a living child of this process."""
    return is_living_child(pid, os.getpid())


def living() -> frozenset[int]:
    """The pool children of this process that live."""
    return frozenset(pid for pid in table.pids() if is_own_child(pid))


def _begin(**_: Any) -> None:
    global _row  # noqa: PLW0603 - one row for one process
    _row = table.join(current_process().index)
    confine()
    # What the parent made is never collected here: its pages stay shared.
    gc.freeze()


def _freeze(**_: Any) -> None:
    # Garbage goes before the fork; what is left is out of the collector's reach in children.
    gc.collect()
    gc.freeze()


def follow(address_bytes: int = 0) -> None:
    """Lets each child begin its life when it is forked, with so much address space of its own (0:
    any). Safe to repeat."""
    global _address_bytes  # noqa: PLW0603 - of one application in one process
    _address_bytes = address_bytes
    signals.worker_init.connect(_freeze, dispatch_uid="videobatch.freeze")
    signals.worker_process_init.connect(_begin, dispatch_uid="videobatch.child")
