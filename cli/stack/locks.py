"""Locks that end with the process that holds them, by `flock`."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.stack.errors import StackError

POLL_S = 0.02


def open_lock(path: Path) -> int:
    """A new descriptor of the lock file, which is made if it is missing."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def take(fd: int, timeout_s: float) -> bool:
    """True once the descriptor holds the lock alone; False after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not _try(fd, fcntl.LOCK_EX):
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True


def is_held(path: Path) -> bool:
    """True if somebody holds the lock alone. Such looks do not see one another."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try(fd, fcntl.LOCK_SH)
    finally:
        os.close(fd)


@contextmanager
def alone(path: Path, timeout_s: float) -> Iterator[None]:
    """Holds the lock for the block. Raises StackError if others keep it for `timeout_s`."""
    fd = open_lock(path)
    try:
        if not take(fd, timeout_s):
            raise StackError(
                "somebody else has been starting or ending the stack for too long",
                hint="look at its logs with `videobatch doctor`, then try again",
            )
        yield
    finally:
        os.close(fd)


def _try(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
