"""The watch: what counts, what does not, and when it says stop."""

from __future__ import annotations

import pytest

from videobatch.errors import TimeLimitError
from videobatch.pipeline.stopwatch import BYTES_PER_S, Stopwatch, TimeLimits
from videobatch.records import ErrorKind, Stage

OPTIONS = TimeLimits(stage_s=10.0, stage_factor=2.0, video_s=25.0, video_factor=3.0)


class World:
    """A watch, its clock, and the deadline that it armed."""

    def __init__(self, size_bytes: int = 0) -> None:
        self.now_s = 100.0
        self.deadline_s: float | None = None
        self.watch = Stopwatch(OPTIONS, size_bytes, self._arm, lambda: self.now_s)

    def is_armed(self) -> bool:
        return self.deadline_s is not None

    def _arm(self, deadline_s: float | None) -> None:
        self.deadline_s = deadline_s


@pytest.fixture
def world() -> World:
    return World()


def test_a_stage_may_take_its_limit_and_no_longer(world: World) -> None:
    with world.watch.stage(Stage.PROBE):
        world.now_s += 10.0
        world.watch.check()
        world.now_s += 0.1
        with pytest.raises(TimeLimitError, match=r"stage probe took longer.* 10 s") as info:
            world.watch.check()
    assert info.value.record().kind is ErrorKind.TRANSIENT
    assert "VIDEOBATCH_LIMITS__STAGE_S" in info.value.hint


def test_a_longer_video_may_take_longer(world: World) -> None:
    world.watch.media(100.0)
    with world.watch.stage(Stage.TRANSCRIBE):
        world.now_s += 210.0
        world.watch.check()
        world.now_s += 0.1
        with pytest.raises(TimeLimitError):
            world.watch.check()


def test_a_larger_file_may_take_longer() -> None:
    world = World(50 * BYTES_PER_S)
    with world.watch.stage(Stage.PROBE):
        world.now_s += 60.0
        world.watch.check()
        world.now_s += 0.1
        with pytest.raises(TimeLimitError):
            world.watch.check()


def test_stages_that_keep_their_limits_add_up_to_the_video(world: World) -> None:
    for stage in (Stage.PROBE, Stage.TRANSCRIBE):
        with world.watch.stage(stage):
            world.now_s += 10.0
            world.watch.check()
    with world.watch.stage(Stage.FRAMES):
        world.now_s += 5.1
        with pytest.raises(TimeLimitError, match=r"the video took longer than.* 25 s"):
            world.watch.check()


def test_a_pause_does_not_count(world: World) -> None:
    with world.watch.stage(Stage.TRANSCRIBE):
        world.now_s += 9.0
        with world.watch.paused():
            assert not world.is_armed()
            world.now_s += 7 * 24 * 3600.0
            world.watch.check()
        world.watch.check()
        assert world.deadline_s == world.now_s + 1.0 + 1.0
        world.now_s += 1.1
        with pytest.raises(TimeLimitError):
            world.watch.check()


def test_while_any_thread_waits_no_time_counts(world: World) -> None:
    with world.watch.stage(Stage.TRANSCRIBE):
        first, second = world.watch.paused(), world.watch.paused()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert not world.is_armed()
        world.now_s += 3600.0
        world.watch.check()
        second.__exit__(None, None, None)
        world.now_s += 9.0
        world.watch.check()
        world.now_s += 1.1
        with pytest.raises(TimeLimitError):
            world.watch.check()


def test_the_time_before_a_nested_pause_counts(world: World) -> None:
    with world.watch.stage(Stage.TRANSCRIBE):
        world.now_s += 9.0
        with world.watch.paused(), world.watch.paused():
            world.now_s += 3600.0
        world.now_s += 1.1
        with pytest.raises(TimeLimitError):
            world.watch.check()


def test_a_pause_between_stages_starts_nothing(world: World) -> None:
    with world.watch.paused():
        world.now_s += 50.0
    assert world.deadline_s is None
    world.watch.check()


def test_the_end_is_armed_a_tenth_later_and_disarmed_with_the_stage(world: World) -> None:
    world.watch.media(100.0)
    with world.watch.stage(Stage.FRAMES):
        assert world.deadline_s == 100.0 + 210.0 + 21.0
    assert world.deadline_s is None


def test_the_end_is_disarmed_by_an_error(world: World) -> None:
    with pytest.raises(KeyError), world.watch.stage(Stage.FRAMES):
        raise KeyError
    assert world.deadline_s is None
