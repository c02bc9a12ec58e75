"""One rule for all sums of what workers count: a table of what became of the workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from controllers.fleet.counters import KEPT_S, Counters
from tests.support.samples import readings_of, sample_of
from videobatch.records import Counted

Look = tuple[float, Mapping[str, int]]
"""A time, and the videos that each worker which lives has done since its start."""


def counters_after(looks: Sequence[Look]) -> Counters:
    counters = Counters()
    for at_s, done in looks:
        samples = [
            sample_of(name, counted={Counted.VIDEOS_DONE: count}) for name, count in done.items()
        ]
        counters.note(readings_of(*samples), at_s)
    return counters


@pytest.mark.parametrize(
    ("looks", "gained"),
    [
        ([], None),
        ([(0, {"a": 7})], None),
        ([(0, {"a": 7}), (10, {"a": 9})], (2, 10)),
        ([(0, {"a": 7}), (10, {"a": 7})], (0, 10)),
        ([(0, {"a": 7, "b": 1}), (10, {"a": 9, "b": 4})], (5, 10)),
        # One that comes later adds from its second reading on, whatever it had counted before.
        ([(0, {"a": 7}), (10, {"a": 9, "b": 100})], (2, 10)),
        ([(0, {"a": 7}), (10, {"a": 9, "b": 100}), (20, {"a": 9, "b": 101})], (3, 20)),
        # One that has gone takes with it what it had added, and the others' stays.
        ([(0, {"a": 7, "b": 1}), (10, {"a": 9, "b": 4}), (20, {"a": 10})], (3, 20)),
        ([(0, {"a": 7}), (10, {"a": 9}), (20, {})], None),
        # One that begins anew has added nothing until its second reading; the others' stays.
        ([(0, {"a": 7}), (10, {"a": 9}), (20, {"a": 1})], None),
        ([(0, {"a": 7}), (10, {"a": 9}), (20, {"a": 1}), (30, {"a": 3})], (2, 10)),
        ([(0, {"a": 7, "b": 1}), (10, {"a": 0, "b": 4}), (20, {"a": 2, "b": 4})], (5, 20)),
        # One that was silent for a moment is a new one.
        ([(0, {"a": 7}), (10, {}), (20, {"a": 9}), (30, {"a": 10})], (1, 10)),
        # Only the last minute is asked for.
        ([(0, {"a": 0}), (39, {"a": 5}), (40, {"a": 7}), (100, {"a": 9})], (2, 60)),
        ([(0, {"a": 0}), (100, {"a": 9})], None),
        # A clock that was put back makes all begin anew.
        ([(1000, {"a": 7}), (0, {"a": 8}), (10, {"a": 9})], (1, 10)),
    ],
)
def test_the_sum_of_what_was_added(looks: list[Look], gained: tuple[int, float] | None) -> None:
    found = counters_after(looks).gained(60.0)
    told = None if found is None else (found[Counted.VIDEOS_DONE], found.span_s)
    assert told == gained


def test_a_count_that_falls_makes_all_counts_of_the_worker_begin_anew() -> None:
    counters = Counters()
    for at_s, done, calls in ((0, 5, 5), (10, 6, 20), (20, 7, 1), (30, 8, 3)):
        counted = {Counted.VIDEOS_DONE: done, Counted.CALLS_SERVED: calls}
        counters.note(readings_of(sample_of("a", counted=counted)), at_s)
    found = counters.gained(60.0)
    assert found is not None
    assert (found[Counted.VIDEOS_DONE], found[Counted.CALLS_SERVED], found.span_s) == (1, 2, 10)


def test_of_some_workers_alone() -> None:
    counters = counters_after([(0, {"a": 7, "b": 1}), (10, {"a": 9, "b": 4})])
    found = counters.gained(60.0, ["b", "unknown"])
    assert found is not None
    assert found[Counted.VIDEOS_DONE] == 3
    assert counters.gained(60.0, []) is None


def test_totals_are_of_all_who_live_from_their_starts_on() -> None:
    counters = counters_after([(0, {"a": 7, "b": 1}), (10, {"a": 9, "b": 4})])
    assert counters.totals()[Counted.VIDEOS_DONE] == 13
    counters.note({}, 20)
    assert counters.totals() == dict.fromkeys(Counted, 0)


def test_no_more_is_kept_than_is_asked_for() -> None:
    counters = counters_after([(at_s, {"a": at_s}) for at_s in range(1000)])
    found = counters.gained(1e9)
    assert found is not None
    assert (found[Counted.VIDEOS_DONE], found.span_s) == (KEPT_S, KEPT_S)
