"""The umask: who may read what is written. Documents are of whoever submitted, private files are
not: a worker's own umask (077 below the local stack) holds for its logs and data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


def current() -> int:
    """The umask of this process."""
    found = os.umask(0o077)
    os.umask(found)
    return found


@contextmanager
def applied(mask: int | None) -> Iterator[None]:
    """Lets the process, with all of its threads, write with this umask in the block; None: with its
    own."""
    if mask is None:
        yield
        return
    before = os.umask(mask & 0o777)
    try:
        yield
    finally:
        os.umask(before)
