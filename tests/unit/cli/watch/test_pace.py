"""How long a batch will go on: said when it is known, and not before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.watch.foresight import Sample, can_tell
from cli.watch.pace import RecentPace, recent_pace
from tests.support.looks import NOW_S, running, video
from videobatch.records import VideoState
from videobatch.state.views import VideoView


def samples(*costs: float, pace: float = 1.0) -> list[Sample]:
    return [Sample(cost, cost, cost * pace) for cost in costs]


@pytest.mark.parametrize(
    ("found", "left_s", "largest_s", "known"),
    [
        ([], 100, 10, False),
        (samples(10), 100, 10, True),
        (samples(10), 1000, 10, False),
        (samples(10, 10, 10), 10_000, 10, True),
        (samples(10, 10, 10), 100, 99, True),
        (samples(10, 10, 10), 200, 101, False),
        (samples(*[20] * 50), 10_240, 10_240, False),
        (samples(2000, 10), 500, 90, True),
        ([Sample(100, 10, 5)], 200, 100, True),
        ([*samples(10, 10), *samples(10, 10, pace=20)], 100, 10, False),
        ([*samples(10, 10), *samples(10, 10, pace=20)], 40, 10, True),
        ([*samples(10, 10), *samples(10, 10, pace=5)], 100, 10, True),
        ([*samples(*[10] * 19), *samples(10, pace=50)], 500, 10, True),
        ([Sample(10, 10)] * 5, 100, 10, True),
    ],
    ids=[
        "nothing was made",
        "one of ten",
        "one of a hundred",
        "three of a thousand",
        "one a little larger",
        "one much larger",
        "a sparse file",
        "the largest first",
        "a part of the first",
        "the cost says nothing",
        "half is done, whatever the cost says",
        "the cost says something",
        "one that stands out",
        "of unknown length",
    ],
)
def test_what_counts_as_known(
    found: list[Sample], left_s: float, largest_s: float, known: bool
) -> None:
    assert can_tell(found, left_s, largest_s) is known


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
