"""The models that a recogniser has loaded: one copy of each, and none that nobody asks for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from videobatch.speech.host.wire import Wanted

log = logging.getLogger(__name__)


T = TypeVar("T")


@dataclass(slots=True)
class _Kept(Generic[T]):
    made: T
    users: int
    last_s: float


class Loaded(Generic[T]):
    """Transcribers, or readers of slides, by what is wanted, each made at its first use and kept
    until nobody has used it for `idle_s`. `forget` is told that one was dropped. Safe for
    threads."""

    def __init__(
        self,
        make: Callable[[Wanted], T],
        idle_s: float,
        forget: Callable[[Wanted], object] = lambda wanted: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._idle_s = idle_s
        self._forget = forget
        self._clock = clock
        self._kept: dict[Wanted, _Kept[T]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def use(self, wanted: Wanted) -> Iterator[T]:
        """The one that is wanted, which stays for the block. Raises what making it raises."""
        with self._lock:
            if wanted not in self._kept:
                self._kept[wanted] = _Kept(self._make(wanted), 0, self._clock())
            kept = self._kept[wanted]
            kept.users += 1
        try:
            yield kept.made
        finally:
            with self._lock:
                kept.users -= 1
                kept.last_s = self._clock()

    def drop_idle(self) -> None:
        """Lets go of what nobody has used for a while."""
        with self._lock:
            since_s = self._clock() - self._idle_s
            idle = [w for w, kept in self._kept.items() if not kept.users and kept.last_s < since_s]
            for wanted in idle:
                del self._kept[wanted]
                log.info("%s %s is not asked for any more; dropped", wanted.engine, wanted.model)
                self._forget(wanted)
