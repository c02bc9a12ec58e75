"""What a rendering may take, and that it ends when that is taken."""

from __future__ import annotations

from typing import Any

import pytest

from videobatch.pipeline.templates.budget import CountedLoop, OverBudgetError, RenderBudget
from videobatch.records import Utterance


def budget(**limits: Any) -> RenderBudget:
    return RenderBudget(
        **{"steps": 1000, "value_chars": 100, "total_chars": 150, "cpu_s": 60.0, **limits}
    )


def test_steps_are_counted_one_by_one_and_together() -> None:
    made = budget(steps=10)
    made.step(9)
    made.step()
    with pytest.raises(OverBudgetError, match="more than 10 steps"):
        made.step()


def test_a_loop_costs_a_step_for_each_pass() -> None:
    made = budget(steps=3)
    loop = CountedLoop([1, 2, 3, 4], made)
    assert len(loop) == 4
    with pytest.raises(OverBudgetError):
        list(loop)


def test_one_text_and_all_of_them_have_a_limit() -> None:
    made = budget()
    with pytest.raises(OverBudgetError, match="a text of more than 100"):
        made.hold(101)
    made.hold(100)
    with pytest.raises(OverBudgetError, match="more than 150 characters of text in all"):
        made.hold(60)


def test_the_time_of_the_processor_has_one_too() -> None:
    with pytest.raises(OverBudgetError, match="longer than"):
        budget(cpu_s=-1.0).look_at_clock()


@pytest.mark.parametrize(
    ("value", "least"),
    [
        ("abc", 3),
        (["abc"] * 3, 9),
        ({"key": "value"}, 8),
        (Utterance(0.0, 1.0, "said"), 4),
        (10**30, 30),
    ],
)
def test_a_value_is_at_least_as_long_as_its_text(value: object, least: int) -> None:
    assert budget(value_chars=10_000).size_of(value) >= least


def test_a_list_of_one_long_text_is_given_up_early() -> None:
    made = budget(steps=10_000)
    assert made.size_of(["x" * 60] * 1000) < 60 * 1000
