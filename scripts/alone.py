"""Runs a command while no other one runs under the same lock: `alone.py LOCK COMMAND [ARG...]`.

The lock ends with the processes that hold it, whatever ends them: it is the system's (`flock`),
kept by the command and what it starts. Waits for VIDEOBATCH_SETUP_WAIT_S (900) seconds, and says
for whom. What an earlier version left instead, a folder `setup.busy` beside the lock, is removed
unless its process is at it still. Needs nothing but Python's own library.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

POLL_S = 0.2
# Some network file systems know no locks.
NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}


def main(lock: Path, command: list[str]) -> NoReturn:
    """Replaces this process by the command; ends with 1 if it has to wait for too long."""
    wait_s = float(os.environ.get("VIDEOBATCH_SETUP_WAIT_S", "900"))
    deadline_s = time.monotonic() + wait_s
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    busy = lock.with_name("setup.busy")
    for is_free, holder in (
        (lambda: _take(descriptor), lambda: _holder(lock)),
        (lambda: not _is_at_work(busy), lambda: _holder(busy / "pid")),
    ):
        if not _await(is_free, holder, deadline_s, wait_s):
            sys.exit(1)
    shutil.rmtree(busy, ignore_errors=True)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    os.set_inheritable(descriptor, True)
    os.execvp(command[0], command)  # noqa: S606 # nosec B606 - it is the caller's own


def _await(
    is_free: Callable[[], bool], holder: Callable[[], str], deadline_s: float, wait_s: float
) -> bool:
    if is_free():
        return True
    _say(f"{holder()} is setting up here; waiting for it, {wait_s:.0f} s at most…")
    while time.monotonic() < deadline_s:
        time.sleep(POLL_S)
        if is_free():
            return True
    _say(f"{holder()} is still setting up here, after {wait_s:.0f} s.")
    _say("See the end of build/setup.log; if it hangs, end it (`kill`), and try again.")
    return False


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return True


def _holder(file: Path) -> str:
    """The holder's command, for a person."""
    pid = _pid(file)
    command = _command(pid)
    if command:
        return f"process {pid} ({command})"
    # It has ended, but not all that it has started.
    return f"what process {pid} has started" if pid else "another process"


def _is_at_work(busy: Path) -> bool:
    """True if the folder is of a set-up that runs; a number alone proves nothing, since numbers are
    used again."""
    return "setup.sh" in _command(_pid(busy / "pid"))


def _pid(file: Path) -> int:
    try:
        return int(file.read_text(encoding="ascii").strip() or 0)
    except (OSError, ValueError):
        return 0


def _command(pid: int) -> str:
    """The command line of the process, '' if it does not run."""
    if pid <= 0:
        return ""
    listed = ["ps", "-o", "args=", "-p", str(pid)]
    try:
        found = subprocess.run(listed, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return found.stdout.strip()[:80]


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2:])
    except KeyboardInterrupt:
        sys.exit(130)
