"""The time that a stage and a video may take, and the watch that says so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from videobatch.errors import TimeLimitError
from videobatch.records import Stage

# Every file must at least be read: a slow network folder gives a megabyte a second.
BYTES_PER_S = 1_000_000
# What does not look at the watch is ended a tenth of the limit later, within these bounds.
LEAST_GRACE_S, MOST_GRACE_S = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """A limit is `*_s` seconds, `*_factor` seconds for each second of the video, and one for
    each megabyte of it. It holds for one try."""

    stage_s: float = 600.0
    stage_factor: float = 20.0
    video_s: float = 1200.0
    video_factor: float = 30.0


class Stopwatch:
    """Times one attempt: each of its stages, and all of them together.

    Time in `paused` does not count, in whichever of the video's threads that is: an outage of Redis
    may last for hours. `arm` is told when this process is to be ended if it does not react to its
    limit (None: not to be), as a time of `clock`. Stages are begun by one thread; the rest is safe
    for threads.
    """

    def __init__(
        self,
        options: TimeLimits,
        size_bytes: int,
        arm: Callable[[float | None], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._reading_s = size_bytes / BYTES_PER_S
        self._arm = arm
        self._clock = clock
        self._media_s = 0.0
        self._worked_s = 0.0
        self._stage: Stage | None = None
        self._stage_worked_s = 0.0
        self._since_s: float | None = None
        self._pauses = 0
        self._lock = threading.RLock()

    def media(self, duration_s: float) -> None:
        """Says how long the video is, once that is known."""
        self._media_s = duration_s

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Times the block as this stage."""
        with self._lock:
            self._stage, self._stage_worked_s = stage, 0.0
            self._go()
        try:
            yield
        finally:
            with self._lock:
                self._halt()
                self._stage = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stops the watch until the last of these blocks ends; outside of a stage it stands still
        anyway."""
        with self._lock:
            self._pauses += 1
            self._halt()
        try:
            yield
        finally:
            with self._lock:
                self._pauses -= 1
                self._go()

    def check(self) -> None:
        """Raises TimeLimitError once the stage or the video has taken too long."""
        with self._lock:
            if self._since_s is None or self._stage is None:
                return
            run_s = self._clock() - self._since_s
            stage_limit_s, video_limit_s = self._limits_s()
            if self._stage_worked_s + run_s > stage_limit_s:
                raise _too_long(f"the stage {self._stage}", stage_limit_s, "STAGE")
            if self._worked_s + run_s > video_limit_s:
                raise _too_long("the video", video_limit_s, "VIDEO")

    def _limits_s(self) -> tuple[float, float]:
        options, media_s = self._options, self._media_s
        return (
            options.stage_s + options.stage_factor * media_s + self._reading_s,
            options.video_s + options.video_factor * media_s + self._reading_s,
        )

    def _go(self) -> None:
        if self._stage is None or self._pauses or self._since_s is not None:
            return
        self._since_s = self._clock()
        ends = []
        for limit_s, worked_s in zip(
            self._limits_s(), (self._stage_worked_s, self._worked_s), strict=True
        ):
            grace_s = min(MOST_GRACE_S, max(LEAST_GRACE_S, limit_s / 10))
            ends.append(limit_s + grace_s - worked_s)
        self._arm(self._since_s + max(0.0, min(ends)))

    def _halt(self) -> None:
        if self._since_s is None:
            return
        run_s = self._clock() - self._since_s
        self._worked_s += run_s
        self._stage_worked_s += run_s
        self._since_s = None
        self._arm(None)


def _too_long(what: str, limit_s: float, name: str) -> TimeLimitError:
    return TimeLimitError(
        f"{what} took longer than its limit of {limit_s:,.0f} s",
        hint=f"where the machine is slow, raise VIDEOBATCH_LIMITS__{name}_S or "
        f"VIDEOBATCH_LIMITS__{name}_FACTOR; finished parts are kept",
    )
