"""Celery's rate of starts as the mirror of the API's rate: shown, and never in the way."""

from __future__ import annotations

import pytest

from controllers.control.starts import EVERY_S, StartRates
from controllers.fleet.counters import Counters
from tests.support.samples import readings_of, sample_of
from videobatch.records import Counted, Sample
from videobatch.state.limit_views import LimitView


class Remote:
    def __init__(self) -> None:
        self.told: list[str | int] = []

    def rate_limit(self, task_name: str, rate_limit: str | int) -> None:
        assert task_name == "process_video"
        self.told.append(rate_limit)


def limit(per_min: float | None) -> LimitView:
    return LimitView("openai.default.m", per_min, None, 0, 32, 0, 0.0)


def counting(videos: int, calls: int) -> Sample:
    """A worker that has counted these."""
    counted = {Counted.VIDEOS_DONE: videos, Counted.CALLS_SERVED: calls}
    return sample_of("w1", counted=counted)


def rates(*looks: tuple[int, int], per_min: float | None = 60.0) -> list[str | int]:
    """What is told after looks at counters (videos, calls), ten seconds apart."""
    remote = Remote()
    starts, counters = StartRates(remote, "process_video"), Counters()
    for at, (videos, calls) in enumerate(looks):
        readings = readings_of(counting(videos, calls))
        counters.note(readings, at * EVERY_S)
        starts.look(readings, counters, [limit(per_min)])
    return remote.told


def test_three_times_the_starts_that_the_rate_allows() -> None:
    # Four calls each at 60 a minute: 15 videos a minute.
    assert rates((10, 40), (12, 48), (14, 56)) == ["45/m"]


@pytest.mark.parametrize(
    ("looks", "per_min"),
    [(((10, 40), (12, 48)), None), (((2, 8), (4, 16)), 60.0), (((10, 0), (20, 0)), 60.0)],
    ids=["no rate is known", "too few videos", "no calls"],
)
def test_without_knowledge_nothing_is_limited(
    looks: tuple[tuple[int, int], ...], per_min: float | None
) -> None:
    assert rates(*looks, per_min=per_min) == []


def test_videos_that_need_no_calls_take_it_off() -> None:
    assert rates((10, 40), (12, 48), (40, 48), (90, 48)) == ["45/m", "0"]


def test_a_worker_that_begins_anew_changes_nothing_of_what_is_told() -> None:
    remote = Remote()
    starts, counters = StartRates(remote, "process_video"), Counters()
    for at, anew in enumerate((0, 0, 0, 9, 9, 9)):
        counted = {Counted.VIDEOS_DONE: 10 + at - anew, Counted.CALLS_SERVED: 4 * (10 + at - anew)}
        steady = {Counted.VIDEOS_DONE: 10 + at, Counted.CALLS_SERVED: 4 * (10 + at)}
        readings = readings_of(sample_of("w1", counted=counted), sample_of("w2", counted=steady))
        counters.note(readings, at * EVERY_S)
        starts.look(readings, counters, [limit(60.0)])
    assert remote.told == ["45/m"]


def test_a_worker_that_is_new_is_told_as_well() -> None:
    remote = Remote()
    starts, counters = StartRates(remote, "process_video"), Counters()
    for at, names in enumerate((("w1",), ("w1",), ("w1",), ("w1", "w2"), ("w1", "w2"))):
        others = (sample_of(name) for name in names if name != "w1")
        readings = readings_of(counting(10 + at, 40 + 4 * at), *others)
        counters.note(readings, at * EVERY_S)
        starts.look(readings, counters, [limit(60.0)])
    assert remote.told == ["45/m", "45/m"]


def test_it_is_looked_at_every_ten_seconds() -> None:
    starts = StartRates(Remote(), "process_video")
    assert [starts.is_due(float(at)) for at in (0, 1, 9, 10, 19, 20)] == [
        True, False, False, True, False, True,
    ]  # fmt: skip
    # A clock that was put back does not stop it.
    assert starts.is_due(-3600.0)
