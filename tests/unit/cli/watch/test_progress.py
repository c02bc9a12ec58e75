"""Progress, speed and time left: from what was seen, never negative, never invented."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from cli.watch.progress import (
    STAGE_SHARES,
    WINDOW_S,
    RecentPace,
    WatchedPace,
    fraction,
    recent_pace,
    speed,
    time_left,
)
from tests.support.looks import NOW_S, running, video
from videobatch.records import Stage, VideoState
from videobatch.state.views import VideoView

# One video.


def test_the_stages_make_a_whole() -> None:
    assert set(STAGE_SHARES) == set(Stage)
    assert math.isclose(sum(STAGE_SHARES.values()), 1.0)


def test_the_bar_only_moves_forward() -> None:
    steps = [fraction(running(stage=s.value, share=x)) for s in Stage for x in (0, 0.5, 1)]
    assert steps == sorted(steps)
    assert steps[0] == 0
    assert math.isclose(steps[-1], 1)


@pytest.mark.parametrize("state", VideoState)
def test_every_state_has_its_fraction(state: VideoState) -> None:
    expected = {VideoState.RUNNING: None, VideoState.COMMITTED: 1.0}
    seen = fraction(video(state=state, stage="frames", done=1, total=2))
    known = expected.get(state, 1.0 if state.is_final else 0.0)
    assert seen == known if known is not None else 0 < seen < 1


@pytest.mark.parametrize(
    "odd",
    [
        {"stage": None},
        {"stage": "a stage of a newer version"},
        {"stage": "probe", "done": -5.0},
        {"stage": "probe", "total": 0.0},
        {"stage": "probe", "done": math.nan, "total": math.nan},
    ],
)
def test_odd_reports_are_no_progress(odd: dict[str, Any]) -> None:
    assert fraction(running(**odd)) == 0
    assert time_left(running(**odd), NOW_S) is None


def test_more_than_all_is_all() -> None:
    assert fraction(running(stage="write", share=7.0)) <= 1


def test_the_speed_is_that_of_the_stage() -> None:
    assert speed(running(share=0.5), NOW_S) == pytest.approx(300 / 60)
    assert speed(running(stage="probe"), NOW_S) is None
    assert speed(running(share=0.0), NOW_S) is None
    assert speed(running(stage_started_s=NOW_S + 5), NOW_S) is None
    assert speed(running(stage_started_s=None), NOW_S) is None


def test_time_left_comes_from_the_videos_own_pace() -> None:
    early, late = running(share=0.1), running(stage="compose", share=0.9)
    first, last = time_left(early, NOW_S), time_left(late, NOW_S)
    assert first is not None
    assert last is not None
    assert first > last > 0
    assert time_left(running(stage="probe", share=1.0), NOW_S) is None
    assert time_left(running(started_s=NOW_S), NOW_S) is None
    assert time_left(running(started_s=NOW_S + 60), NOW_S) is None
    assert time_left(video(state=VideoState.DONE), NOW_S) is None


# The pace of a watch.


def test_nothing_is_known_at_the_start() -> None:
    pace = WatchedPace(NOW_S)
    assert pace.eta_s(NOW_S, 100, []) is None
    assert pace.eta_s(NOW_S + 60, 100, []) is None
    assert pace.eta_s(NOW_S + 61, 100, [running(stage="probe", share=1.0)]) is None
    assert pace.videos_per_hour(NOW_S + 60) is None


def test_a_first_video_in_no_time_is_no_pace() -> None:
    pace = WatchedPace(NOW_S)
    pace.add([video(state=VideoState.DONE)])
    assert pace.eta_s(NOW_S, 100, []) is None
    assert pace.eta_s(NOW_S + 0.5, 100, []) is None
    assert pace.videos_per_hour(NOW_S + 0.5) is None


def test_the_open_cost_is_worked_off_at_the_pace_so_far() -> None:
    pace = WatchedPace(NOW_S)
    pace.add([video("a", VideoState.DONE), video("b", VideoState.PARTIAL)])
    assert pace.eta_s(NOW_S + 40, 100, []) == pytest.approx(200)
    assert pace.videos_per_hour(NOW_S + 40) == pytest.approx(180)
    assert pace.eta_s(NOW_S + 40, 0, []) == 0
    assert pace.eta_s(NOW_S + 40, -5, []) == 0


def test_running_videos_count_with_what_is_done_of_them() -> None:
    half = running(started_s=NOW_S, cost_s=10)
    now_s = NOW_S + 50
    alone = WatchedPace(NOW_S).eta_s(now_s, 10, [half])
    assert alone == pytest.approx(time_left(half, now_s))
    more = WatchedPace(NOW_S).eta_s(now_s, 110, [half])
    assert more is not None
    assert alone is not None
    assert more > 5 * alone


def test_no_batch_ends_before_its_slowest_video() -> None:
    pace = WatchedPace(NOW_S - 100)
    pace.add([video(str(n), VideoState.DONE) for n in range(100)])
    slow = running(share=0.1)
    assert pace.eta_s(NOW_S, slow.cost_s, [slow]) == pytest.approx(time_left(slow, NOW_S))


def test_a_watch_that_began_late_takes_no_credit_for_earlier_work() -> None:
    """Eight videos at 90 % when the watching begins: they are not the work of its first second."""
    before = [running(str(n), "transcribe", 0.9, cost_s=100) for n in range(8)]
    pace = WatchedPace(NOW_S, before)
    assert pace.eta_s(NOW_S + 1, 10_000, before) is None
    after = [running(str(n), "transcribe", 0.91, cost_s=100) for n in range(8)]
    eta_s = pace.eta_s(NOW_S + 1, 10_000, after)
    worked = 8 * 100 * 0.01 * STAGE_SHARES[Stage.TRANSCRIBE] / (1 - STAGE_SHARES[Stage.PROBE])
    assert eta_s is not None
    assert eta_s == pytest.approx(9_300 / worked, rel=0.05)
    pace.add([video("0", VideoState.DONE, cost_s=100)])
    rate = pace.videos_per_hour(NOW_S + 60)
    assert rate is not None
    assert 0 < rate < 0.3 * 60


@pytest.mark.parametrize(
    "ended",
    [
        video(state=VideoState.FAILED, cost_s=1e6),
        video(state=VideoState.CANCELLED, cost_s=1e6),
        video(state=VideoState.DONE, cost_s=1e6, started_s=None, attempts=0),
    ],
)
def test_what_nobody_worked_on_is_no_pace(ended: Any) -> None:
    pace = WatchedPace(NOW_S)
    pace.add([ended])
    assert pace.eta_s(NOW_S + 10, 100, []) is None
    assert pace.videos_per_hour(NOW_S + 10) is None


def test_the_work_on_a_video_that_fails_late_counts() -> None:
    pace = WatchedPace(NOW_S)
    before = pace.eta_s(NOW_S + 10, 1000, [running(share=0.9, cost_s=100)])
    pace.add([video(state=VideoState.FAILED, cost_s=100)])
    after = pace.eta_s(NOW_S + 10.1, 900, [])
    assert before is not None
    assert after == pytest.approx(before, rel=0.05)


def test_a_pause_is_forgotten() -> None:
    pace = WatchedPace(NOW_S)
    now_s = NOW_S
    for number in range(100):  # a video a second
        now_s += 1
        pace.add([video(str(number), VideoState.DONE)])
        pace.eta_s(now_s, 1000, [])
    assert pace.eta_s(now_s, 1000, []) == pytest.approx(100)
    for _ in range(int(WINDOW_S * 20)):
        now_s += 0.1
        paused = pace.eta_s(now_s, 1000, [])
    assert paused is None
    for number in range(400):
        now_s += 1
        pace.add([video(f"later {number}", VideoState.DONE)])
        again = pace.eta_s(now_s, 1000, [])
    assert again == pytest.approx(100, rel=0.02)
    assert len(pace._marks) <= WINDOW_S + 3


def test_a_lost_attempt_or_a_clock_set_back_is_never_negative() -> None:
    pace = WatchedPace(NOW_S, [running(share=0.5)])
    for now_s, share in [(2, 0.6), (3, 0.0), (4, 0.1), (-50, 0.2), (5, 0.3), (6, 0.9), (7, 1)]:
        eta_s = pace.eta_s(NOW_S + now_s, 10, [running(share=share, started_s=NOW_S + 3)])
        assert eta_s is None or eta_s >= 0


# The pace of the videos that were made last.


def made(name: str, took_s: float = 10.0, cost_s: float = 20.0) -> VideoView:
    return replace(
        video(name, VideoState.DONE),
        started_s=NOW_S - took_s,
        finished_s=NOW_S,
        cost_s=cost_s,
    )


def waiting(name: str, cost_s: float = 20.0) -> VideoView:
    return replace(video(name), cost_s=cost_s)


def test_the_pace_of_what_was_made() -> None:
    found = [made("a"), made("b"), made("c"), waiting("d"), waiting("e")]
    pace = recent_pace(found, NOW_S)
    assert pace.eta_s == pytest.approx(40 * 10 / 60)
    assert pace.videos_per_hour == pytest.approx(3 / 10 * 3600)


def test_a_video_that_nobody_knows_keeps_the_time_unknown() -> None:
    found = [made(str(n)) for n in range(9)]
    assert recent_pace([*found, waiting("monster", 10_240)], NOW_S).eta_s is None
    probing = running("monster", stage="probe", cost_s=10_240)
    assert recent_pace([*found, probing], NOW_S).eta_s is None
    heard = running("monster", share=0.5, cost_s=10_240)
    assert recent_pace([*found, heard], NOW_S).eta_s is not None


def test_what_failed_at_once_is_no_pace() -> None:
    """Else a refused file of 5 GB would make an hour of the others a second."""
    refused = replace(made("monster", 0.5, 10_240), state=VideoState.FAILED)
    assert recent_pace([refused, waiting("a")], NOW_S) == RecentPace()
    others = [made("a"), made("b"), made("c"), waiting("d")]
    assert recent_pace([refused, *others], NOW_S) == recent_pace(others, NOW_S)
