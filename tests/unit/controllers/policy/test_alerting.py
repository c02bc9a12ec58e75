"""Thresholds with hysteresis: once, after a while, and its end."""

from __future__ import annotations

import math

import pytest

from controllers.policy.alerting import AlertState, Measured, Rule, check

RULE = Rule("hot", 0.9, 0.8, 10.0, "warning", "{subject} is hot", "{subject} is cool")


def told(*values: float, subject: str = "h") -> list[tuple[int, str, str]]:
    """What is said of one reading a second: second, severity, message."""
    state = AlertState()
    found: list[tuple[int, str, str]] = []
    for second, value in enumerate(values):
        events, state = check(
            [Measured("hot", subject, value)], float(second), state, {"hot": RULE}
        )
        found += [(second, event.severity, event.message) for event in events]
    return found


def test_it_is_said_once_after_a_while_and_its_end_as_well() -> None:
    values = [0.95] * 30 + [0.5] * 30
    assert told(*values) == [(10, "warning", "h is hot"), (40, "info", "h is cool")]


def test_a_peak_is_not_said() -> None:
    assert told(*[0.95] * 9, 0.5, *[0.95] * 9, 0.5) == []


def test_between_the_two_thresholds_nothing_changes() -> None:
    assert told(*[0.95] * 11, *[0.85] * 60) == [(10, "warning", "h is hot")]
    assert told(*[0.85] * 60) == []


@pytest.mark.parametrize("value", [math.nan, -1.0])
def test_what_is_no_reading_raises_nothing(value: float) -> None:
    assert told(*[value] * 60) == []


def test_subjects_are_told_apart_and_forgotten() -> None:
    state = AlertState()
    both = [Measured("hot", "a", 1.0), Measured("hot", "b", 0.1)]
    check_of = {"hot": RULE}
    _, state = check(both, 0.0, state, check_of)
    events, state = check(both, 10.0, state, check_of)
    assert [event.message for event in events] == ["a is hot"]
    _, state = check(both[1:], 11.0, state, check_of)
    # It comes back as another one.
    events, _ = check(both, 12.0, state, check_of)
    assert events == ()


def test_a_clock_that_is_put_back_does_not_hold_an_alert_back() -> None:
    state, hot = AlertState(), [Measured("hot", "h", 1.0)]
    _, state = check(hot, 3600.0, state, {"hot": RULE})
    _, state = check(hot, 0.0, state, {"hot": RULE})
    events, _ = check(hot, 10.0, state, {"hot": RULE})
    assert len(events) == 1
