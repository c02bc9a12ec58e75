"""The filters that a body may use, and what each would make, reckoned before it is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2.exceptions import SecurityError

from videobatch.pipeline.templates.budget import OverBudgetError, RenderBudget

MOST_WIDTH = 10_000
MOST_INDENT = 200
MOST_TAGGED_CHARS = 100_000

_ALLOWED = (
    "abs batch capitalize center count d default dictsort e escape filesizeformat first float "
    "format groupby indent int items join last length list lower map max min reject rejectattr "
    "replace reverse round safe select selectattr slice sort string striptags sum title tojson "
    "trim truncate unique upper urlencode wordcount wordwrap"
)
FILTERS = frozenset(_ALLOWED.split())
# An escaped character takes up to so many.
ESCAPED = 6

Given = tuple[Any, ...]


def check_filter(budget: RenderBudget, name: str, value: Any, given: Given) -> None:
    """Raises OverBudgetError if the filter would make too much of the value and what it is given
    beside."""
    budget.step(1 + (len(value) // 1000 if isinstance(value, str) else 0))
    budget.look_at_clock()
    if name != "truncate":
        check_numbers(given, MOST_WIDTH)
    if name in _CHECKS:
        _CHECKS[name](budget, value, given)


def _replace(budget: RenderBudget, value: Any, given: Given) -> None:
    budget.hold(budget.size_of(value))
    budget.hold(replaced_chars(str(value), *given[:2]))


def _join(budget: RenderBudget, value: Any, given: Given) -> None:
    between = str(given[0]) if given and isinstance(given[0], str) else ""
    budget.hold(joined_chars(budget, value, between))


def _text(budget: RenderBudget, value: Any, given: Given) -> None:
    check_numbers(given, MOST_INDENT)
    budget.hold(ESCAPED * budget.size_of(value))


def _format(budget: RenderBudget, value: Any, given: Given) -> None:
    """Refuses `%9999999d` and `%*d`."""
    fields = re.findall(r"%[^a-zA-Z%]*", str(value))
    for field in fields:
        if "*" in field or any(int(width[:6]) > MOST_WIDTH for width in re.findall(r"\d+", field)):
            raise OverBudgetError(f"it formats to more than {MOST_WIDTH} characters")
    budget.hold((1 + len(fields)) * budget.size_of(list(given)) + len(str(value)))


def _indent(budget: RenderBudget, value: Any, given: Given) -> None:
    check_numbers(given, MOST_INDENT)
    lines = str(value).count("\n") + 1
    budget.hold(len(str(value)) + lines * max(_number(given, 4), _longest(given)))


def _wordwrap(budget: RenderBudget, value: Any, given: Given) -> None:
    lines = len(str(value)) // max(1, _number(given, 79)) + str(value).count("\n") + 1
    budget.hold(len(str(value)) + lines * (1 + _longest(given)))


def _number(given: Given, usual: int) -> int:
    """The first number, which is the width."""
    found = (each for each in given if isinstance(each, int) and not isinstance(each, bool))
    return next(found, usual)


def _longest(given: Given) -> int:
    return max((len(each) for each in given if isinstance(each, str)), default=0)


def _round(_budget: RenderBudget, _value: Any, given: Given) -> None:
    check_numbers(given, MOST_INDENT)


def _striptags(_budget: RenderBudget, value: Any, _given: Given) -> None:
    # It takes time by the square of the length.
    if len(str(value)) > MOST_TAGGED_CHARS:
        raise OverBudgetError(f"it strips tags of more than {MOST_TAGGED_CHARS} characters")


def _sum(_budget: RenderBudget, _value: Any, given: Given) -> None:
    if any(isinstance(each, list | tuple) for each in given):
        raise SecurityError("sum is only for numbers")


_CHECKS: Mapping[str, Callable[[RenderBudget, Any, Given], None]] = {
    "e": _text,
    "escape": _text,
    "format": _format,
    "indent": _indent,
    "join": _join,
    "replace": _replace,
    "round": _round,
    "string": _text,
    "striptags": _striptags,
    "sum": _sum,
    "title": _text,
    "tojson": _text,
    "urlencode": _text,
    "wordwrap": _wordwrap,
}


def check_numbers(given: Sequence[Any], most: int) -> None:
    """Raises OverBudgetError if one of the numbers is larger."""
    for each in given:
        if isinstance(each, int | float) and abs(each) > most:
            raise OverBudgetError(f"it asks for a width or a count of more than {most}")


def replaced_chars(text: str, old: Any = "", new: Any = "") -> int:
    """The most that a text has after replacing."""
    count = text.count(str(old)) if old else len(text) + 1
    return len(text) + count * max(0, len(str(new)) - len(str(old)))


def joined_chars(budget: RenderBudget, found: Any, between: str) -> int:
    """The most that a list has once it is joined."""
    if not isinstance(found, list | tuple | str | dict | set | frozenset):
        raise SecurityError("only a list can be joined; add |list")
    return budget.size_of(found) + len(between) * len(found)
