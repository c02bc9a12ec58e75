"""Times as models write them."""

from __future__ import annotations

from typing import Any

import pytest

from videobatch.providers.answers.seconds import in_seconds, seconds_of


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (75, 75),
        (75.5, 75.5),
        ("75", 75),
        ("75.5", 75.5),
        ("75,5", 75.5),
        ("75.5s", 75.5),
        ("75 s", 75),
        ("75 seconds", 75),
        ("75500ms", 75.5),
        ("01:15", 75),
        ("1:15", 75),
        ("01:15.500", 75.5),
        ("00:01:15", 75),
        ("1:01:15", 3675),
        ("00:01:15.500", 75.5),
        ("00:01:15,500", 75.5),
        ("[01:15]", 75),
        ("[75]", 75),
        ("1m15s", 75),
        ("1m15.5s", 75.5),
        ("1h1m15s", 3675),
        ("PT1M15S", 75),
        ("90:00", 5400),
    ],
)
def test_times_as_models_write_them(value: Any, seconds: float) -> None:
    assert seconds_of(value) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value", [None, True, "", "s", "soon", "1:2:3:4", [], {}, "1" * 50, "12:xx", "NaN", "∞"]
)
def test_what_is_no_time_stays_for_the_check_to_refuse(value: Any) -> None:
    assert seconds_of(value) is value


@pytest.mark.parametrize(
    ("times", "longest_s", "unit_s"),
    [
        ([0.0, 12_500.0, 59_000.0], 60, 0.001),
        ([0.0, 299_000.0], 300, 0.001),
        ([0.0, 12.5, 59.0], 60, 1),
        ([0.0, 70.0], 60, 1),
        ([0.0, 12_500.5], 60, 1),
        ([0.0, 900_000.0], 60, 1),
        ([], 60, 1),
    ],
)
def test_milliseconds_are_known_where_nothing_else_fits(
    times: list[float], longest_s: float, unit_s: float
) -> None:
    assert in_seconds(times, longest_s) == unit_s
