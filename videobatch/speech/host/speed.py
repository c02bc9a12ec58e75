"""The work that was done: seconds of sound, in all and per second of the last while; stills."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

SPAN_S = 20.0


class Speed:
    """Adds up seconds of sound. Safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._recent: deque[tuple[float, float]] = deque()
        self._begun_s = clock()
        self._sound_s = 0.0

    def add(self, sound_s: float) -> None:
        """Notes that so much is done."""
        with self._lock:
            self._sound_s += sound_s
            self._recent.append((self._clock(), sound_s))

    @property
    def sound_s(self) -> float:
        """All of it."""
        with self._lock:
            return self._sound_s

    def per_s(self) -> float:
        """Seconds of sound per second, over the last `SPAN_S` or since the start."""
        with self._lock:
            now_s = self._clock()
            while self._recent and self._recent[0][0] < now_s - SPAN_S:
                self._recent.popleft()
            span_s = min(SPAN_S, now_s - self._begun_s)
            return sum(each for _, each in self._recent) / span_s if span_s > 0 else 0.0


class Tally:
    """Counts. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def add(self) -> None:
        """Counts one more."""
        with self._lock:
            self.count += 1
