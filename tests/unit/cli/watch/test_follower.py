"""A watch shows each video that ends once, waits for a Redis that is away, and stays cheap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from cli.watch.follower import AWAY_LIMIT_S, Follower
from tests.support.looks import NOW_S, KeptDisplay, batch, ended, running, video
from videobatch.errors import LedgerError
from videobatch.records import VideoState
from videobatch.state.views import BatchView, VideoView, Views

BATCH = "lectures-1"
Step = Callable[["FakeViews"], None]


class FakeViews(Views):
    """A ledger of a few dictionaries that counts what is read of it."""

    def __init__(self, videos: Sequence[VideoView] = ()) -> None:
        self.table = {each.video_id: each for each in videos}
        self.ended: dict[str, int] = {}
        self.place = 0
        for each in videos:
            if each.state.is_final:
                self.note_end(each.video_id)
        self.time_s = NOW_S
        self.read = 0
        self.answers = True
        self.error = LedgerError("Redis does not answer", code="redis_away")

    def _check(self) -> None:
        if not self.answers:
            raise self.error

    def now_s(self) -> float:
        self._check()
        return self.time_s

    def batch(self, batch_id: str) -> BatchView | None:
        self._check()
        if not self.table:
            return None
        states = Counter(each.state.value for each in self.table.values())
        return batch(states, name=batch_id[:-2])

    def videos(self, batch_id: str, video_ids: Sequence[str]) -> list[VideoView]:
        self._check()
        self.read += len(video_ids)
        return [self.table[each] for each in video_ids if each in self.table]

    def all_videos(self, batch_id: str) -> Iterator[VideoView]:
        ids = list(self.table)
        for start in range(0, len(ids) + 1, 1000):
            yield from self.videos(batch_id, ids[start : start + 1000])

    def running(self, batch_id: str) -> list[VideoView]:
        held = {VideoState.RUNNING, VideoState.COMMITTED}
        return self.videos(batch_id, [k for k, each in self.table.items() if each.state in held])

    def finished(self, batch_id: str, after: int) -> tuple[list[VideoView], int]:
        new = [name for name, place in self.ended.items() if place > after][:2]
        return self.videos(batch_id, new), self.ended[new[-1]] if new else after

    def finished_place(self, batch_id: str) -> int:
        self._check()
        return self.place

    def note_end(self, name: str) -> None:
        self.place += 1
        self.ended[name] = self.place

    def end(self, *names: str, state: VideoState = VideoState.DONE) -> None:
        for name in names:
            self.time_s += 1
            ended = video(name, state, finished_s=self.time_s, cost_s=self.table[name].cost_s)
            self.table[name] = ended
            self.note_end(name)

    def again(self, *names: str) -> None:
        for name in names:
            del self.ended[name]
            self.table[name] = video(name)


class Time:
    """A clock that moves at each pause, and lets something happen then."""

    def __init__(self, views: FakeViews, steps: Sequence[Step] = (), step_s: float = 5.0) -> None:
        self._views = views
        self._steps = iter(steps)
        self._step_s = step_s
        self.at_s = 0.0

    def __call__(self) -> float:
        return self.at_s

    def pause(self, _: float) -> None:
        self.at_s += self._step_s
        step = next(self._steps, None)
        if step is not None:
            step(self._views)


def pending(count: int) -> list[VideoView]:
    return [video(f"v{number}") for number in range(count)]


def absent(views: FakeViews) -> None:
    views.answers = False


def back(views: FakeViews) -> None:
    views.answers = True


# What is new.


def test_each_end_is_shown_once_and_in_order() -> None:
    views = FakeViews(pending(4))
    follower = Follower(views, BATCH, start=0)
    assert ended(follower.look()) == []
    views.end("v2", "v0")
    assert ended(follower.look()) == ["v2", "v0"]
    assert ended(follower.look()) == []
    views.end("v1", state=VideoState.FAILED)
    look = follower.look()
    assert ended(look) == ["v1"]
    assert look.batch.open_videos == 1


@pytest.mark.parametrize(("start", "expected"), [(0, ["v0", "v1", "v2"]), (2, ["v2"]), (3, [])])
def test_the_start_says_what_is_old(start: int, expected: list[str]) -> None:
    views = FakeViews(pending(4))
    views.end("v0", "v1", "v2")
    assert ended(Follower(views, BATCH, start=start).look()) == expected


@pytest.mark.parametrize("retried", [["v0"], ["v1"], ["v2"], ["v0", "v1"], ["v0", "v1", "v2"]])
def test_videos_that_are_made_again_move_the_list_up(retried: list[str]) -> None:
    views = FakeViews(pending(6))
    follower = Follower(views, BATCH, start=0)
    views.end("v0", "v1", "v2", state=VideoState.FAILED)
    assert ended(follower.look()) == ["v0", "v1", "v2"]
    views.again(*retried)
    views.end("v3")
    assert ended(follower.look()) == ["v3"]
    assert ended(follower.look()) == []
    views.end(*reversed(retried))
    assert ended(follower.look()) == list(reversed(retried))
    views.end("v4")
    assert ended(follower.look()) == ["v4"]


def test_an_emptied_list_begins_anew() -> None:
    views = FakeViews(pending(2))
    follower = Follower(views, BATCH, start=0)
    views.end("v0", "v1")
    follower.look()
    views.again("v0", "v1")
    assert ended(follower.look()) == []
    views.end("v1")
    assert ended(follower.look()) == ["v1"]
    assert ended(follower.look()) == []


def test_many_that_ended_in_one_millisecond_are_told_apart() -> None:
    views = FakeViews(pending(5))
    follower = Follower(views, BATCH, start=0)

    def end_together(*names: str) -> None:
        for name in names:
            views.end(name)
            views.table[name] = replace(views.table[name], finished_s=NOW_S + 9)

    end_together("v0", "v1", "v2")
    assert ended(follower.look()) == ["v0", "v1", "v2"]
    end_together("v3")
    views.again("v2")
    assert ended(follower.look()) == ["v3"]


def test_one_that_is_pending_again_while_it_is_read_is_not_shown() -> None:
    views = FakeViews(pending(2))
    follower = Follower(views, BATCH, start=0)
    views.end("v0")
    views.table["v0"] = video("v0")
    assert ended(follower.look()) == []


def test_a_video_is_either_running_or_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    views = FakeViews([running("v0"), running("v1"), video("v2", VideoState.COMMITTED)])
    follower = Follower(views, BATCH, start=0)
    views.note_end("v0")
    stale, views.table["v0"] = views.table["v0"], video("v0", VideoState.DONE)
    seen = views.running(BATCH)
    monkeypatch.setattr(views, "running", lambda _: [stale, *seen])
    look = follower.look()
    assert ended(look) == ["v0"]
    assert [each.video_id for each in look.running] == ["v1"]


# Time left.


def test_the_time_left_follows_the_costs() -> None:
    videos = [
        replace(each, cost_s=cost) for each, cost in zip(pending(3), [10, 10, 80], strict=True)
    ]
    views = FakeViews(videos)
    follower = Follower(views, BATCH, start=0)
    assert follower.look().eta_s is None
    views.time_s = NOW_S + 19
    views.end("v0", "v1")
    look = follower.look()
    assert look.eta_s == pytest.approx(80 * 21 / 20)
    assert look.videos_per_hour == pytest.approx(2 / 21 * 3600)


def test_videos_that_are_added_meanwhile_count() -> None:
    views = FakeViews(pending(4))
    follower = Follower(views, BATCH, start=0)
    follower.look()
    views.time_s = NOW_S + 9
    views.end("v0")
    before = follower.look().eta_s
    views.table.update({f"later {n}": video(f"later {n}") for n in range(3)})
    after = follower.look().eta_s
    assert before is not None
    assert after == pytest.approx(2 * before)


def test_nothing_is_said_of_time_before_all_costs_are_read() -> None:
    views = FakeViews(pending(2500))
    follower = Follower(views, BATCH, start=0)
    views.time_s = NOW_S + 10
    views.end("v0", "v1", "v2400")
    etas = [follower.look().eta_s for _ in range(3)]
    assert [eta_s is None for eta_s in etas] == [True, True, False]
    assert etas[-1] == pytest.approx(2497 * 13 / 3)


def test_nothing_is_said_of_time_while_a_monster_waits() -> None:
    """A sparse file of 5 GB among small ones: nobody knows what it will take."""
    videos = [replace(each, cost_s=20.0) for each in pending(6)]
    views = FakeViews([*videos, replace(video("monster"), cost_s=10_000.0)])
    follower = Follower(views, BATCH, start=0)
    follower.look()
    views.time_s = NOW_S + 20
    views.end("v0", "v1", "v2", "v3")
    assert follower.look().eta_s is None
    views.end("monster")
    assert follower.look().eta_s is not None


# What it costs.


def test_a_look_reads_only_what_moves() -> None:
    views = FakeViews([*pending(10_000), *(running(f"r{n}") for n in range(8))])
    follower = Follower(views, BATCH, start=0)
    for _ in range(11):
        follower.look()
    views.read = 0
    for number in range(10):
        views.end(f"v{number}")
        follower.look()
    assert views.read <= 10 * (8 + 2)


def test_the_first_look_is_not_late() -> None:
    views = FakeViews(pending(10_000))
    Follower(views, BATCH, start=0).look()
    assert views.read <= 1001


# To the end, and through an absence.


def test_it_ends_when_nothing_is_open() -> None:
    views, display = FakeViews(pending(2)), KeptDisplay()
    time = Time(views, [lambda v: v.end("v0"), lambda v: v.end("v1", state=VideoState.FAILED)])
    last = Follower(views, BATCH, start=0, clock=time, pause=time.pause).until_done(display)
    assert last is display.looks[-1]
    assert [ended(look) for look in display.looks] == [[], ["v0"], ["v1"]]
    assert last.batch.open_videos == 0
    assert (display.absences, display.closed) == ([], 1)


def test_a_batch_of_nothing_ends_at_once() -> None:
    views, display = FakeViews([video(state=VideoState.DONE)]), KeptDisplay()
    Follower(views, BATCH, start=1).until_done(display)
    assert (len(display.looks), display.closed) == (1, 1)


def test_an_absence_is_waited_for() -> None:
    views, display = FakeViews(pending(2)), KeptDisplay()

    def missed(views: FakeViews) -> None:
        back(views)
        views.end("v0")

    time = Time(views, [absent, lambda _: None, missed, absent, back, lambda v: v.end("v1")])
    Follower(views, BATCH, start=0, clock=time, pause=time.pause).until_done(display)
    assert display.absences == [5.0, 10.0, 5.0]
    assert [ended(look) for look in display.looks] == [[], ["v0"], [], ["v1"]]
    assert display.closed == 1


@pytest.mark.parametrize("method", ["batch", "running", "now_s", "finished"])
def test_a_look_that_breaks_off_loses_nothing(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    views = FakeViews(pending(3))
    follower = Follower(views, BATCH, start=0)
    views.time_s = NOW_S + 10
    views.end("v0")

    def broken(*_: object) -> None:
        raise views.error

    with monkeypatch.context() as patch:
        patch.setattr(views, method, broken)
        with pytest.raises(LedgerError):
            follower.look()
    look = follower.look()
    assert ended(look) == ["v0"]
    assert look.eta_s == pytest.approx(2 * 11)


def test_costs_that_could_not_be_read_are_read_later() -> None:
    views = FakeViews(pending(1500))
    follower = Follower(views, BATCH, start=0)
    follower.look()
    absent(views)
    with pytest.raises(LedgerError):
        follower.look()
    back(views)
    views.time_s = NOW_S + 10
    views.end("v0", "v1", "v2")
    assert [follower.look().eta_s is None for _ in range(2)] == [True, False]


def test_an_absence_has_an_end() -> None:
    views, display = FakeViews(pending(1)), KeptDisplay()
    time = Time(views, [absent])
    with pytest.raises(LedgerError, match="does not answer"):
        Follower(views, BATCH, start=0, clock=time, pause=time.pause).until_done(display)
    assert AWAY_LIMIT_S < time.at_s < AWAY_LIMIT_S + 20
    assert (len(display.looks), display.closed) == (1, 1)


def test_what_waiting_cannot_help_ends_at_once() -> None:
    views, display = FakeViews(pending(1)), KeptDisplay()
    views.error = LedgerError("Redis refused: WRONGTYPE", code="redis_refused")
    time = Time(views, [absent])
    with pytest.raises(LedgerError, match="refused"):
        Follower(views, BATCH, start=0, clock=time, pause=time.pause).until_done(display)
    assert (time.at_s, display.closed) == (5.0, 1)


def test_a_batch_that_is_gone_is_an_error_in_words() -> None:
    views, display = FakeViews(pending(1)), KeptDisplay()
    time = Time(views, [lambda v: v.table.clear()])
    with pytest.raises(LedgerError, match="lectures-1 is not in Redis any more") as caught:
        Follower(views, BATCH, start=0, clock=time, pause=time.pause).until_done(display)
    assert (caught.value.code, display.closed) == ("batch_gone", 1)
    assert caught.value.hint


def test_an_interrupt_leaves_the_terminal_in_order() -> None:
    views, display = FakeViews(pending(1)), KeptDisplay()

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Follower(views, BATCH, start=0, pause=interrupted).until_done(display)
    assert display.closed == 1
