"""The threads of a recogniser: so many jobs at once, fair between videos."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from videobatch.speech.host.queue import FairQueue

T = TypeVar("T")


def threads_for(cores: float, cpu_target: float, asked: int | None = None) -> int:
    """The number of segments that are decoded at once: as many as are `asked` for, else as the
    cores allow, of which so large a share may be used. A thread that decodes keeps a core busy,
    and more of them than cores give no more words."""
    return asked or max(1, round(cores * cpu_target))


class Decoders:
    """Does jobs in `threads` threads of its own, those of each video in turn. Safe for threads.

    The threads are few and stay: each one that ever decoded keeps memory of its own.
    """

    def __init__(self, threads: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.threads = threads
        self._clock = clock
        self._queue: FairQueue[tuple[Future[Any], Callable[[], Any], float]] = FairQueue()
        self._changed = threading.Condition()
        self._due_s: dict[int, float] = {}
        for number in range(threads):
            threading.Thread(target=self._work, name=f"decoder {number}", daemon=True).start()

    def do(self, video: str, job: Callable[[], T], limit_s: float = float("inf")) -> T:
        """The result of the job, once its turn has come; then it may take `limit_s`. Raises what
        the job raises."""
        future: Future[T] = Future()
        with self._changed:
            self._queue.put(video, (future, job, limit_s))
            self._changed.notify()
        return future.result()

    @property
    def waiting(self) -> int:
        """The jobs whose turn has not come."""
        with self._changed:
            return len(self._queue)

    @property
    def busy(self) -> int:
        """The jobs that are being done."""
        with self._changed:
            return len(self._due_s)

    @property
    def is_hung(self) -> bool:
        """True where a job takes longer than it may."""
        with self._changed:
            return any(due_s < self._clock() for due_s in self._due_s.values())

    def _work(self) -> None:
        me = threading.get_ident()
        while True:
            with self._changed:
                while not len(self._queue):
                    self._changed.wait()
                future, job, limit_s = self._queue.take()
                self._due_s[me] = self._clock() + limit_s
            try:
                result = job()
            except BaseException as error:  # noqa: BLE001 - it is raised where the job was given
                self._end(me)
                future.set_exception(error)
            else:
                self._end(me)
                future.set_result(result)
                del result
            # What is large is not kept until the next one comes.
            del future, job

    def _end(self, thread: int) -> None:
        with self._changed:
            del self._due_s[thread]
