"""The rule to compare with: its numbers, and the limiter around it."""

from __future__ import annotations

import threading

import pytest

from videobatch.errors import StoppingError
from videobatch.ports import Limiter
from videobatch.providers.calls.threshold_limiter import (
    BASE_CONCURRENT,
    MOST,
    DynamicLimits,
    ThresholdLimiter,
    throttle_delay_s,
)
from videobatch.records import Amounts, Currency, Feedback, Permit

ONE = {Currency.REQUESTS_MIN: 1.0}


class Inner:
    """Gives every permit, and keeps what it is told."""

    def __init__(self) -> None:
        self.given = 0
        self.settled: list[Feedback] = []

    def acquire(self, need: Amounts, *, again: bool = False) -> Permit:
        self.given += 1
        return Permit(f"p{self.given}", self.given, need)

    def settle(self, permit: Permit, used: Amounts | None, feedback: Feedback) -> None:
        self.settled.append(feedback)


@pytest.mark.parametrize(
    ("calls", "multiplier"),
    [
        ([(False, 1.0)] * 9, 1.0),
        ([(True, 1.0)] * 10, 1.1),
        ([(True, 1.0)] * 11, 1.21),
        ([(True, 1.0)] * 7 + [(False, 1.0)] * 3, 0.9),
        # Between 80 and 95 % nothing moves, nor between 60 and 120 s.
        ([(True, 1.0)] * 8 + [(False, 1.0)] * 2, 1.0),
        ([(True, 90.0)] * 10, 1.0),
        ([(True, 121.0)] * 10, 0.9),
        ([(True, 1.0)] * 100, 2.0),
        ([(False, 1.0)] * 100, 0.5),
    ],
)
def test_the_rule(calls: list[tuple[bool, float]], multiplier: float) -> None:
    limits = DynamicLimits()
    for success, took_s in calls:
        limits.update(success=success, response_s=took_s)
    assert limits.multiplier == pytest.approx(multiplier)
    assert limits.concurrent == int(BASE_CONCURRENT * limits.multiplier)


@pytest.mark.parametrize(
    ("load", "delay_s"), [(0.0, 0.0), (0.8, 0.0), (0.9, 0.5), (1.0, 2.0), (2.0, 5.0)]
)
def test_the_delay(load: float, delay_s: float) -> None:
    assert throttle_delay_s(load) == pytest.approx(delay_s)


def test_no_more_calls_than_places_and_the_fleet_learns_nothing() -> None:
    inner = Inner()
    limiter = ThresholdLimiter(inner, 2, pause=lambda _s: None, clock=iter(range(10**6)).__next__)
    as_port: Limiter = limiter
    permits = [as_port.acquire(ONE), as_port.acquire(ONE)]
    third = threading.Thread(target=lambda: permits.append(as_port.acquire(ONE)))
    third.start()
    third.join(0.2)
    assert third.is_alive()
    for _ in range(2):
        as_port.settle(permits[0], {}, Feedback(refused=True, retry_after_s=9.0))
    third.join(5.0)
    assert not third.is_alive()
    assert inner.settled[0] == Feedback()


def test_a_stop_ends_the_waiting() -> None:
    def stop() -> None:
        raise StoppingError("the worker is stopping")

    limiter = ThresholdLimiter(Inner(), 1, check_stop=stop)
    permit = limiter.acquire(ONE)
    with pytest.raises(StoppingError):
        limiter.acquire(ONE)
    limiter.settle(permit, {}, Feedback(refused=True))
    with pytest.raises(StoppingError):
        limiter.acquire(ONE, again=True)
    assert MOST == 2.0
