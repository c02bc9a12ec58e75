"""The slow loop: suggestions from trends, and bounds that never fight what each second decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controllers.policy.records import Binds
from controllers.policy.tuning import HostSecond, Suggests, Tuning, applied, suggest

CALM = HostSecond(4, Binds.CPU, 0.7, 0.5, 0.1, 0.0)


def stretch(
    seconds: int = 120, first: float = 0.1, then: float = 0.1, **changes: object
) -> list[HostSecond]:
    """Readings whose throughput changes in the middle."""
    reading = replace(CALM, **changes)  # type: ignore[arg-type]
    half = seconds // 2
    return [replace(reading, finished_per_s=first if n < half else then) for n in range(seconds)]


def suggested(
    readings: list[HostSecond], latency_s: float | None = None, now: Tuning | None = None
) -> list[tuple[Suggests, float | None]]:
    found = suggest({"h": readings}, latency_s, now or Tuning())
    return [(each.what, each.target) for each in found]


@pytest.mark.parametrize(
    ("readings", "found"),
    [
        (stretch(), []),
        (stretch(then=0.05, cpu_fraction=0.95), [(Suggests.REDUCE, 3.0)]),
        (stretch(then=0.05, memory_fraction=0.85), [(Suggests.MEMORY_MODE, None)]),
        (stretch(then=0.05), []),
        (stretch(then=0.095, cpu_fraction=0.95), []),
        (stretch(seconds=59, then=0.01, cpu_fraction=0.95), []),
        (stretch(then=0.05, cpu_fraction=0.95, slots=1), []),
    ],
    ids=["calm", "cpu", "memory", "neither", "noise", "too few", "the last one"],
)
def test_what_trends_suggest(
    readings: list[HostSecond], found: list[tuple[Suggests, float | None]]
) -> None:
    assert suggested(readings) == found


def test_a_bound_is_raised_where_it_alone_binds_and_no_further_than_it_was_set() -> None:
    idle = stretch(cpu_fraction=0.3, binds=Binds.BOUNDS)
    # Without a bound of the slow loop there is nothing to raise.
    assert suggested(idle) == []
    assert suggested(idle, now=Tuning({"h": 4})) == [(Suggests.RAISE, 5.0)]
    assert suggested(stretch(cpu_fraction=0.3), now=Tuning({"h": 4})) == []


def test_the_api_is_asked_less_and_then_as_before() -> None:
    assert suggested(stretch(), 200.0) == [(Suggests.SLOWER_API, 0.8)]
    assert suggested(stretch(), 200.0, Tuning(api_share=0.5)) == []
    assert suggested(stretch(), 100.0, Tuning(api_share=0.8)) == []
    assert suggested(stretch(), 50.0, Tuning(api_share=0.8)) == [(Suggests.FASTER_API, 1.0)]


def test_the_memory_mode_ends() -> None:
    assert suggested(stretch(), now=Tuning(memory_mode=True)) == [(Suggests.NO_MEMORY_MODE, None)]
    full = stretch(memory_fraction=0.9)
    assert suggested(full, now=Tuning(memory_mode=True)) == []


def test_what_is_in_force_once_it_is_followed() -> None:
    tuning = Tuning()
    for readings, latency in (
        (stretch(then=0.05, cpu_fraction=0.95), 200.0),
        (stretch(then=0.05, memory_fraction=0.9), 100.0),
    ):
        for suggestion in suggest({"h": readings}, latency, tuning):
            tuning = applied(tuning, suggestion)
    assert tuning == Tuning({"h": 3}, memory_mode=True, api_share=0.8)
