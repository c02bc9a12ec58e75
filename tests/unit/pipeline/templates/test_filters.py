"""What a filter would make is reckoned before it is made."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2.exceptions import SecurityError

from videobatch.pipeline.templates.budget import OverBudgetError, RenderBudget
from videobatch.pipeline.templates.filters import FILTERS, MOST_WIDTH, check_filter, replaced_chars


def checked(name: str, value: Any, *given: Any) -> None:
    check_filter(RenderBudget(100_000, 10_000, 100_000, 60.0), name, value, given)


@pytest.mark.parametrize(
    ("name", "value", "given"),
    [
        ("upper", "text", ()),
        ("center", "text", (80,)),
        ("replace", "text", ("t", "T")),
        ("join", ["a", "b"], (", ",)),
        ("format", "%5d", (3,)),
        ("indent", "one\ntwo", (4,)),
        ("truncate", "text", (MOST_WIDTH + 1,)),
        ("sum", [1, 2], ()),
    ],
)
def test_what_a_document_needs_is_allowed(name: str, value: Any, given: tuple[Any, ...]) -> None:
    assert name in FILTERS
    checked(name, value, *given)


@pytest.mark.parametrize(
    ("name", "value", "given"),
    [
        ("center", "text", (MOST_WIDTH + 1,)),
        ("replace", "x" * 500, ("x", "y" * 500)),
        ("replace", "x" * 500, ("", "y" * 500)),
        ("join", ["x"] * 500, ("y" * 500,)),
        ("format", "%9999999d", (3,)),
        ("format", "%*d", (3, 3)),
        ("indent", "\n" * 500, (100,)),
        ("wordwrap", "x" * 5000, (1, False, "y" * 500)),
        ("round", 1.5, (10**9,)),
        ("striptags", "<" * 100_001, ()),
        ("tojson", "x" * 5000, ()),
    ],
)
def test_what_would_be_too_much_is_refused(name: str, value: Any, given: tuple[Any, ...]) -> None:
    with pytest.raises(OverBudgetError):
        checked(name, value, *given)


def test_a_sum_of_lists_is_refused() -> None:
    with pytest.raises(SecurityError):
        checked("sum", [[1], [2]], [])


@pytest.mark.parametrize(
    ("text", "old", "new"), [("aXbX", "X", "long"), ("abc", "", "-"), ("aXb", "X", "")]
)
def test_no_replacement_is_longer_than_was_reckoned(text: str, old: str, new: str) -> None:
    assert len(text.replace(old, new)) <= replaced_chars(text, old, new)
