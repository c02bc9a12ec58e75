"""A worker that takes nothing is made to start anew, and one that is well is left alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from celery_app.worker.watchdog import AFTER_AN_ACT_S, GAP_S, PATIENCE_S, Act, Watchdog


@dataclass
class World:
    """Looks once a second, and notes what was to be done at which second."""

    waits: bool = True
    is_open: bool = True
    received: int = 0
    now_s: float = 1000.0
    watchdog: Watchdog = field(default_factory=Watchdog)

    def acts(self, seconds: float, *, each_s: float = 1.0) -> list[tuple[float, Act]]:
        began_s, done = self.now_s, []
        while self.now_s < began_s + seconds:
            self.now_s += each_s
            act = self.watchdog.look(
                self.now_s, waits=self.waits, is_open=self.is_open, received=self.received
            )
            if act is not None:
                done.append((self.now_s - began_s, act))
        return done


def test_the_steps_go_from_mild_to_hard_with_time_between_them() -> None:
    acts = World().acts(3 * AFTER_AN_ACT_S)
    assert [act for _, act in acts] == [Act.RESTART, Act.STOP, Act.EXIT]
    times = [at_s for at_s, _ in acts]
    assert PATIENCE_S <= times[0] <= PATIENCE_S + 2
    assert times[1] - times[0] == times[2] - times[1] == AFTER_AN_ACT_S


def test_an_empty_queue_is_no_reason() -> None:
    assert World(waits=False).acts(60) == []


def test_a_full_or_paused_worker_is_left_alone() -> None:
    assert World(is_open=False).acts(60) == []


def test_a_received_message_begins_the_patience_and_the_steps_anew() -> None:
    world = World()
    for _ in range(20):
        assert world.acts(PATIENCE_S - 2) == []
        world.received += 1
    assert [act for _, act in world.acts(PATIENCE_S + 2)] == [Act.RESTART]
    world.received += 1
    assert [act for _, act in world.acts(PATIENCE_S + 2)] == [Act.RESTART]


def test_a_gap_in_looking_is_no_patience() -> None:
    assert World().acts(60, each_s=GAP_S + 1) == []


def test_a_slot_that_was_just_freed_is_no_reason() -> None:
    world = World()
    for _ in range(20):
        world.is_open = False
        assert world.acts(3) == []
        world.is_open = True
        assert world.acts(PATIENCE_S - 2) == []


def test_it_is_well_unless_work_waits_that_is_not_taken() -> None:
    world = World(waits=False)
    wells = []
    for waits, received, seconds in ((False, 0, 10), (True, 0, 3), (True, 0, 4), (True, 1, 1)):
        world.waits, world.received = waits, received
        world.acts(seconds)
        wells.append(world.watchdog.is_well)
    assert wells == [True, True, False, True]
