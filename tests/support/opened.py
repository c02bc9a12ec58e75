"""Which of some files this process opens, as the kernel saw it (inotify; Linux)."""

from __future__ import annotations

import ctypes
import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_IN_OPEN = 0x20
_IN_NONBLOCK = os.O_NONBLOCK


class Openings:
    """Tells whether the watched file was opened since the watch began, by whatever code."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def any(self) -> bool:
        # The kernel queues the event before open() returns, so there is nothing to wait for.
        ready, _, _ = select.select([self._descriptor], [], [], 0)
        return bool(ready)


@contextmanager
def watched(path: Path) -> Iterator[Openings]:
    """Watches an existing file until the end of the block."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(_IN_NONBLOCK)
    assert descriptor >= 0
    try:
        assert libc.inotify_add_watch(descriptor, os.fsencode(path), _IN_OPEN) >= 0
        yield Openings(descriptor)
    finally:
        os.close(descriptor)
