"""The place where a host's recogniser is found: a socket that one process at a time serves."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from videobatch.errors import SettingsError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
BACKLOG = 128


@contextmanager
def listening(
    path: Path, is_stopping: Callable[[], bool], tick: Callable[[], object] = bool
) -> Iterator[socket.socket | None]:
    """The socket at `path`, which listens, for the block; None where it is time to stop before.

    While another process serves it, this one stands by, and calls `tick` every half second. What a
    dead one left is taken over: its lock ended with it. Nobody else's processes can reach the
    socket. Raises SettingsError where it cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        if not _locked(lock, path, is_stopping, tick):
            yield None
            return
        listener = _listener(path)
        try:
            yield listener
        finally:
            listener.close()
            with suppress(OSError):
                path.unlink()
    finally:
        os.close(lock)


def _locked(
    lock: int, path: Path, is_stopping: Callable[[], bool], tick: Callable[[], object]
) -> bool:
    is_told = False
    while not is_stopping():
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not is_told:
                log.info("another recogniser serves %s; this one stands by", path)
            is_told = True
            tick()
            time.sleep(LOOK_EVERY_S)
        else:
            return True
    return False


def _listener(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        path.unlink(missing_ok=True)
        listener.bind(os.fspath(path))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _unusable(path, error) from error
    finally:
        os.umask(before)
    listener.settimeout(LOOK_EVERY_S)
    return listener


def _unusable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"no recogniser can be reached at {path}: {error}",
        hint="set VIDEOBATCH_SPEECH__SOCKET to a short path below a folder of your own",
    )
