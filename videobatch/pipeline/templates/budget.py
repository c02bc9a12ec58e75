"""The budget of one rendering: steps, characters and time of the processor."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from jinja2.exceptions import SecurityError

# The clock is looked at once in so many steps.
CLOCK_EVERY = 256
# More than any number, date or name of an object takes as text.
SMALL = 40


class OverBudgetError(SecurityError):
    """The body would take more than it may."""


@dataclass(slots=True)
class RenderBudget:
    """Counts what a body takes and raises OverBudgetError once it is too much.

    A text or list may have `value_chars`, all of them together `total_chars`; a pass of a loop, a
    call and an element that is looked at are a step each. `cpu_s` is of this thread.
    """

    steps: int
    value_chars: int
    total_chars: int
    cpu_s: float
    _taken: int = 0
    _chars: int = 0
    _began_s: float = field(default_factory=time.thread_time)

    def step(self, count: int = 1) -> None:
        before = self._taken // CLOCK_EVERY
        self._taken += count
        if self._taken > self.steps:
            raise OverBudgetError(f"it takes more than {self.steps} steps")
        if self._taken // CLOCK_EVERY != before:
            self.look_at_clock()

    def look_at_clock(self) -> None:
        if time.thread_time() - self._began_s > self.cpu_s:
            raise OverBudgetError(f"it takes longer than {self.cpu_s:g} s")

    def hold(self, chars: int) -> None:
        """Takes a text of this length, before it is made."""
        if chars > self.value_chars:
            raise OverBudgetError(f"it makes a text of more than {self.value_chars} characters")
        self._chars += chars
        if self._chars > self.total_chars:
            raise OverBudgetError(
                f"it makes more than {self.total_chars} characters of text in all"
            )

    def size_of(self, value: Any) -> int:
        """About how long the value is as text, without making it: lists can hold one long text a
        million times."""
        total, waiting = 0, [value]
        while waiting:
            each = waiting.pop()
            self.step()
            if isinstance(each, str):
                total += len(each)
            elif isinstance(each, int):
                total += each.bit_length() // 3 + 1
            elif isinstance(each, Mapping):
                waiting.extend([*each.keys(), *each.values()])
            elif isinstance(each, list | tuple | set | frozenset):
                self.step(len(each))
                waiting.extend(each)
            elif is_dataclass(each):
                waiting.extend(getattr(each, part.name) for part in fields(each))
            total += SMALL if not isinstance(each, str) else 0
            if total > self.value_chars:
                break
        return total


class CountedLoop:
    """The items of a loop, a step for each pass; as long as they are."""

    def __init__(self, found: Iterable[Any], budget: RenderBudget) -> None:
        self._found = found
        self._budget = budget

    def __iter__(self) -> Iterator[Any]:
        for each in self._found:
            self._budget.step()
            yield each

    def __len__(self) -> int:
        return len(self._found)  # type: ignore[arg-type]
