"""The rule that this product began with, to compare with: `VIDEOBATCH_API__POLICY=threshold`.

Every ten calls it looks at how many were served and how long they took, and moves one multiplier of
the calls in flight. Its known defects, kept on purpose:

- it looks at refusals only after they happened, so that a share of the calls is always refused;
- it settles where 80 to 95 % are served, and moves neither up nor down there;
- the bounds of 60 and 120 s are never reached by short calls;
- 2.0 is the most: a base that is too low stays too low;
- each process learns alone.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from videobatch.ports import Limiter
from videobatch.records import Amounts, Feedback, Permit

BASE_CONCURRENT = 8
LEAST, MOST, DOWN, UP = 0.5, 2.0, 0.9, 1.1
POOR, GOOD = 0.8, 0.95
SLOW_S, QUICK_S = 120.0, 60.0
KEPT, NEEDED = 50, 10
# Above this load calls are held back, by 2 s at full load and 5 s at most.
LOAD, FULL_DELAY_S, MOST_DELAY_S = 0.8, 2.0, 5.0
FIRST_BACKOFF_S, MOST_BACKOFF_S = 1.0, 60.0
LOOK_S = 0.05


@dataclass(slots=True)
class DynamicLimits:
    """A multiplier of the calls in flight, moved by how the last ten calls went. No clock."""

    base_concurrent: int = BASE_CONCURRENT
    multiplier: float = 1.0
    _last: deque[tuple[bool, float]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def update(self, *, success: bool, response_s: float) -> None:
        """Notes a call that ended, and moves the multiplier once there are ten."""
        self._last.append((success, response_s))
        if len(self._last) < NEEDED:
            return
        recent = list(self._last)[-NEEDED:]
        served = sum(ok for ok, _ in recent) / NEEDED
        mean_s = sum(took_s for _, took_s in recent) / NEEDED
        if served < POOR or mean_s > SLOW_S:
            self.multiplier = max(LEAST, self.multiplier * DOWN)
        elif served > GOOD and mean_s < QUICK_S:
            self.multiplier = min(MOST, self.multiplier * UP)

    @property
    def concurrent(self) -> int:
        """The number of calls that may be in flight."""
        return int(self.base_concurrent * self.multiplier)


def throttle_delay_s(load: float) -> float:
    """The seconds for which a call is held back at this load (in flight, of those that may be)."""
    if load <= LOAD:
        return 0.0
    return float(min(((load - LOAD) / (1 - LOAD)) ** 2 * FULL_DELAY_S, MOST_DELAY_S))


class ThresholdLimiter:
    """Satisfies `ports.Limiter` for one process. `inner` keeps the budget (daily fuses, money, the
    user's own rates), and is told nothing to learn from. Safe for threads."""

    def __init__(
        self,
        inner: Limiter,
        base_concurrent: int = BASE_CONCURRENT,
        *,
        check_stop: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`check_stop` raises StoppingError when the worker is asked to stop."""
        self._inner = inner
        self._limits = DynamicLimits(base_concurrent)
        self._check_stop = check_stop
        self._clock, self._pause = clock, pause
        self._sent_s: dict[str, float] = {}
        self._refusals = 0
        self._lock = threading.Lock()
        self._free = threading.Condition(self._lock)

    def acquire(self, need: Amounts, *, again: bool = False) -> Permit:
        """Waits for a place, then for the delay that the load asks for; a refused call backs off
        first. Raises what `inner` raises."""
        with self._lock:
            refusals = self._refusals
        if again and refusals:
            self._nap(min(MOST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (refusals - 1)))
        self._nap(throttle_delay_s(self._load()))
        with self._free:
            while len(self._sent_s) >= max(1, self._limits.concurrent):
                self._check_stop()
                self._free.wait(LOOK_S)
            place = f"place {id(threading.current_thread())}"
            self._sent_s[place] = self._clock()
        try:
            permit = self._inner.acquire(need, again=again)
        except BaseException:
            with self._free:
                del self._sent_s[place]
                self._free.notify()
            raise
        with self._free:
            self._sent_s[permit.permit_id] = self._sent_s.pop(place)
        return permit

    def settle(self, permit: Permit, used: Amounts | None, feedback: Feedback) -> None:
        """Ends the call, and moves the multiplier. Safe to repeat."""
        success = not (feedback.refused or feedback.down)
        with self._free:
            sent_s = self._sent_s.pop(permit.permit_id, None)
            if sent_s is not None:
                self._limits.update(success=success, response_s=self._clock() - sent_s)
                self._refusals = 0 if success else self._refusals + 1
                self._free.notify()
        self._inner.settle(permit, used, Feedback())

    def _load(self) -> float:
        with self._lock:
            return len(self._sent_s) / max(1, self._limits.concurrent)

    def _nap(self, seconds: float) -> None:
        until_s = self._clock() + seconds
        while (left_s := until_s - self._clock()) > 0:
            self._check_stop()
            self._pause(min(left_s, LOOK_S))
