"""The next try of what found no room, and the memory that there is."""

from __future__ import annotations

import pytest

from celery_app.worker import room as module
from celery_app.worker.room import LONGEST_PAUSE_S, LOOK_EVERY_S, FreeMemory, Refusal, RoomWatch
from controllers.policy.little import WATERMARK as LITTLE_WATERMARK
from videobatch.records import NoRoom
from videobatch.telemetry.host import WATERMARK

MB = 1 << 20


class World:
    """A watch, a clock, and what is free; notes when the queue was fed."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.free_mb = 0
        self.refusal: Refusal | None = None
        self.fed_s: list[float] = []
        self.refuses = False
        self.watch = RoomWatch(
            lambda: self.refusal, lambda: self.free_mb * MB, self.feed, lambda: self.now_s
        )

    def feed(self) -> None:
        self.fed_s.append(round(self.now_s, 3))
        if self.refuses:
            self.refusal = (self.now_s + 0.01, NoRoom(300 * MB, 0, 0))

    def refuse(self, need_mb: int = 300, promised_mb: int = 0, decline_mb: int = 0) -> None:
        self.refusal = (self.now_s, NoRoom(need_mb * MB, promised_mb * MB, decline_mb * MB))

    def look(self, seconds: float) -> list[float]:
        """Looks for so long; when it fed."""
        before = len(self.fed_s)
        for _ in range(round(seconds / LOOK_EVERY_S)):
            self.now_s += LOOK_EVERY_S
            self.watch.tick()
        return self.fed_s[before:]


def test_nothing_is_done_while_nothing_was_refused() -> None:
    world = World()
    world.free_mb = 10_000
    assert world.look(10) == []


def test_one_refusal_is_answered_once_when_memory_is_free() -> None:
    world = World()
    world.refuse()
    assert world.look(10) == []
    world.free_mb = 300
    assert world.look(10) == [110.1]


def test_it_is_answered_when_the_young_ones_have_taken_what_they_will() -> None:
    world = World()
    world.free_mb = 400
    world.refuse(need_mb=300, promised_mb=200, decline_mb=50)
    # 100 MB of the 200 that are promised must go, at 50 a second.
    (at_s,) = world.look(10)
    assert at_s == pytest.approx(102.0, abs=LOOK_EVERY_S)


def test_memory_that_is_free_only_at_a_glance_keeps_nobody_busy() -> None:
    world = World()
    world.refuses, world.free_mb = True, 300
    world.refuse()
    fed = world.look(60)
    assert len(fed) < 60 / LONGEST_PAUSE_S + 6
    assert fed[-1] - fed[-2] == pytest.approx(LONGEST_PAUSE_S, abs=2 * LOOK_EVERY_S)


def test_after_a_try_that_served_the_next_one_comes_at_once() -> None:
    world = World()
    world.refuses, world.free_mb = True, 300
    world.refuse()
    world.look(30)
    world.refuses = False
    world.look(10)
    for _ in range(2):
        world.look(10)
        world.refuse()
        assert world.look(3) == [pytest.approx(world.now_s - 3 + LOOK_EVERY_S, abs=0.01)]


@pytest.mark.parametrize(
    ("limit_mb", "used_mb", "free_mb"),
    [
        (None, 1000, 8000),  # 0.90 of the host's 10,000 less what is in use
        (4000, 1000, 2600),
        (20_000, 1000, 8000),  # no more than there is
        (4000, 3600, 0),
        (4000, 9999, 0),  # never negative
    ],
)
def test_free_memory(
    monkeypatch: pytest.MonkeyPatch, limit_mb: int | None, used_mb: int, free_mb: int
) -> None:
    monkeypatch.setattr(module, "memory_bytes", lambda _: (10_000 * MB, used_mb * MB))
    assert WATERMARK == LITTLE_WATERMARK == 0.90
    assert FreeMemory(limit_mb).bytes() == pytest.approx(free_mb * MB, abs=1)
