"""A queue that is fair between videos: pure, no thread and no clock."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Gives one item of each video in turn, and those of one video in the order in which they came.

    A video that comes anew stands behind all that wait, so that one with many items makes no other
    wait for more than one of them. For one thread at a time.
    """

    def __init__(self) -> None:
        # The order of the keys is the order of the videos.
        self._waiting: dict[str, deque[T]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def put(self, video: str, item: T) -> None:
        """Lets the item of that video wait."""
        self._waiting.setdefault(video, deque()).append(item)

    def take(self) -> T:
        """The next item, which waits no longer. Raises IndexError where nothing does."""
        if not self._waiting:
            raise IndexError("nothing waits")
        video = next(iter(self._waiting))
        items = self._waiting.pop(video)
        item = items.popleft()
        if items:
            self._waiting[video] = items
        return item
