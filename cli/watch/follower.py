"""The watch of a batch until its end: each look, with what is new since the last one, is handed to
a display."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from cli.watch.progress import WatchedPace
from videobatch.errors import LedgerError
from videobatch.records import VideoState
from videobatch.state.views import BatchView, VideoView, Views

LOOK_EVERY_S = 0.1
AWAY_LIMIT_S = 600.0
# What a look may read beside its own: a page of Views.all_videos, about 0.1 s.
_PAGE = 1000
# Where a LedgerError is no absence, and waiting cannot help.
_HOPELESS = frozenset({"redis_refused", "redis_full", "batch_gone"})


@dataclass(frozen=True, slots=True)
class BatchLook:
    """One look at a batch: `finished` are the videos that ended since the look before."""

    batch: BatchView
    running: Sequence[VideoView]
    finished: Sequence[VideoView]
    now_s: float
    eta_s: float | None
    videos_per_hour: float | None


class Display(Protocol):
    """The place where looks are shown."""

    def show(self, look: BatchLook) -> None:
        """Shows one look; called ten times a second."""

    def away(self, away_s: float) -> None:
        """Says that Redis has not answered for so long; called again and again until it does."""

    def close(self) -> None:
        """Leaves the terminal as it was."""


def existing_batch(views: Views, batch_id: str) -> BatchView:
    """The batch now. Raises LedgerError, with the code `batch_gone` if it is not in the ledger."""
    batch = views.batch(batch_id)
    if batch is None:
        raise LedgerError(
            f"the batch {batch_id} is not in Redis any more",
            hint="its data was removed; submit the folder again, what is done is kept",
            code="batch_gone",
        )
    return batch


class Follower:
    """Looks at one batch again and again.

    `start` is the place of an end (`Views.finished_place`): those after it count as new. `clock`
    and `pause` are for tests. Raises LedgerError if Redis does not answer.
    """

    def __init__(
        self,
        views: Views,
        batch_id: str,
        *,
        start: int,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self._views = views
        self._batch_id = batch_id
        self._clock = clock
        self._pause = pause or threading.Event().wait
        self._finished = _Finished(views, batch_id, start)
        self._open_cost = _OpenCost(views, batch_id)
        self._pace = WatchedPace(views.now_s(), self._running())

    def look(self) -> BatchLook:
        """The batch now. Raises LedgerError if Redis stays away (the next look misses nothing
        then), or with the code `batch_gone` if the batch is not in the ledger."""
        self._open_cost.read()
        batch = existing_batch(self._views, self._batch_id)
        running = self._running()
        now_s = self._views.now_s()
        # Last, because what was read is new only once: nothing may fail after it. And after the
        # batch, because with nothing open every video must have been shown.
        finished = self._finished.read()
        self._open_cost.drop(finished)
        self._pace.add(finished)
        ended = {video.video_id for video in finished}
        running = [video for video in running if video.video_id not in ended]
        open_cost_s = self._open_cost.of(batch.open_videos)
        # The pace takes notes at each look, whether the cost is known yet or not.
        largest_s = self._open_cost.largest({video.video_id for video in running})
        eta_s = self._pace.eta_s(now_s, open_cost_s or 0.0, running, largest_s=largest_s)
        return BatchLook(
            batch=batch,
            running=running,
            finished=finished,
            now_s=now_s,
            eta_s=None if open_cost_s is None else eta_s,
            videos_per_hour=self._pace.videos_per_hour(now_s),
        )

    def until_done(self, display: Display, *, away_limit_s: float = AWAY_LIMIT_S) -> BatchLook:
        """Shows looks until nothing of the batch is open; the last one.

        A Redis that is away is waited for. Raises LedgerError if it stays away for longer than
        `away_limit_s`, or where waiting cannot help.
        """
        answered_s = self._clock()
        try:
            while True:
                try:
                    look = self.look()
                except LedgerError as error:
                    away_s = self._clock() - answered_s
                    if error.code in _HOPELESS or away_s > away_limit_s:
                        raise
                    display.away(away_s)
                else:
                    answered_s = self._clock()
                    display.show(look)
                    if look.batch.open_videos == 0:
                        return look
                self._pause(LOOK_EVERY_S)
        finally:
            display.close()

    def _running(self) -> list[VideoView]:
        videos = self._views.running(self._batch_id)
        return [video for video in videos if video.state is VideoState.RUNNING]


class _Finished:
    """The videos that finished since the last reading, by the place of each end."""

    def __init__(self, views: Views, batch_id: str, start: int) -> None:
        self._views = views
        self._batch_id = batch_id
        self._place = start

    def read(self) -> list[VideoView]:
        """The videos that ended since the last reading, in that order, each once."""
        new: dict[str, VideoView] = {}
        place = self._place
        while True:
            entries, last = self._views.finished(self._batch_id, place)
            # One that is made again at this very moment will be in the list again.
            new.update((entry.video_id, entry) for entry in entries if entry.state.is_final)
            if last == place:
                break
            place = last
        self._place = place
        return list(new.values())


class _OpenCost:
    """The cost of the videos that are open, read a page at each look, so that the first look is
    not late."""

    def __init__(self, views: Views, batch_id: str) -> None:
        self._views = views
        self._batch_id = batch_id
        self._unread = views.all_videos(batch_id)
        self._is_read = False
        self._cost_s: dict[str, float] = {}

    def read(self) -> None:
        """Reads the next page, if there is one. Raises LedgerError, and then begins again."""
        if self._is_read:
            return
        try:
            page = list(islice(self._unread, _PAGE))
        except LedgerError:
            self._unread = self._views.all_videos(self._batch_id)
            raise
        self._cost_s.update((v.video_id, v.cost_s) for v in page if not v.state.is_final)
        self._is_read = len(page) < _PAGE

    def drop(self, finished: Sequence[VideoView]) -> None:
        """Takes out what is open no more."""
        for video in finished:
            self._cost_s.pop(video.video_id, None)

    def largest(self, besides: Container[str]) -> float:
        """The cost of the largest of them, but for some; 0 if none is known."""
        costs = (cost_s for name, cost_s in self._cost_s.items() if name not in besides)
        return max(costs, default=0.0)

    def of(self, open_videos: int) -> float | None:
        """The cost of so many open videos; None until all were read. Those that were added since
        are taken to cost as much as the others."""
        if not self._is_read or (open_videos and not self._cost_s):
            return None
        known = len(self._cost_s)
        return sum(self._cost_s.values()) * open_videos / known if known else 0.0
