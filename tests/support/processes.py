"""Real processes for tests: a session of their own, a log file, ended by their id."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import psutil

from tests.support.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
TAIL_BYTES = 6000


def is_there(pid: int) -> bool:
    """Whether the process runs; one that has ended and that nobody took note of does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


class Process:
    """A running process whose output goes to `log_path`; a context manager that ends it."""

    def __init__(
        self,
        argv: Sequence[str],
        log_path: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path = ROOT,
    ) -> None:
        self.log_path = log_path
        with log_path.open("ab") as log:
            self._log_begins_at = log.tell()
            self._process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
                start_new_session=True,
            )

    @classmethod
    def python(
        cls, args: Sequence[str], log_path: Path, environment: Mapping[str, str] | None = None
    ) -> Process:
        """`python ARGS...` with this interpreter, in the project's root."""
        return cls([sys.executable, *args], log_path, environment)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, None while it runs."""
        return self._process.poll()

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def log(self) -> str:
        """Everything it has written so far."""
        return self.log_path.read_bytes()[self._log_begins_at :].decode(errors="replace")

    def tail(self) -> str:
        """The end of its log, for a failure's message."""
        return f"--- {self.log_path.name}, exit code {self.returncode}\n{self.log()[-TAIL_BYTES:]}"

    def wait_for(self, condition: Callable[[], object], timeout_s: float, what: str) -> float:
        """The seconds until the condition held; fails with the log's tail otherwise."""
        return wait_for(condition, timeout_s, what, self.tail)

    def wait_for_line(self, text: str, timeout_s: float, count: int = 1) -> float:
        """Waits until `text` is in the log `count` times."""
        return self.wait_for(lambda: self.log().count(text) >= count, timeout_s, f"log: {text!r}")

    def children(self) -> list[int]:
        """The ids of its direct children that are not zombies."""
        try:
            found = psutil.Process(self.pid).children()
            return [c.pid for c in found if c.status() != psutil.STATUS_ZOMBIE]
        except psutil.NoSuchProcess:
            return []

    def signal(self, number: int) -> None:
        """Sends a signal to this process alone, if it still runs."""
        if self.is_alive():
            self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and waits for the end of this process; its children are not touched."""
        self.signal(signal.SIGKILL)
        self._process.wait()

    def stop(self, timeout_s: float = 10.0) -> int:
        """SIGTERM, then SIGKILL for it and its children after the time; the exit code."""
        family = self._family()
        self.signal(signal.SIGTERM)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for child in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        return self._process.returncode

    def _family(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()
