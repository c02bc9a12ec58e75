"""The findings of a benchmark: named figures, their targets, and the table they stand in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_HEAD = ("benchmark", "figure", "value", "target", "", "measured")


@dataclass(frozen=True, slots=True)
class Figure:
    """One result. `target` is the most that it may be, or with `least` the least (None: it is
    only reported); `note` says what was measured, and how often."""

    name: str
    value: float
    unit: str
    target: float | None = None
    note: str = ""
    least: bool = False

    @property
    def is_missed(self) -> bool:
        """True where there is a target and the value is beyond it, or no number at all."""
        if self.target is None:
            return False
        return not (self.value >= self.target if self.least else self.value <= self.target)

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "missed" if self.is_missed else "ok"

    def as_dict(self) -> dict[str, Any]:
        """Its fields for JSON, and the verdict."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "target": self.target,
            "verdict": self.verdict,
            "note": self.note,
        }


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile: the least value that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(rows: Iterable[tuple[str, Figure]]) -> str:
    """A Markdown table, aligned; each row is a figure and the name of its benchmark."""
    lines = [_HEAD, *(_row(name, figure) for name, figure in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEAD))]
    shown = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)


def _row(name: str, figure: Figure) -> tuple[str, ...]:
    sign = "≥" if figure.least else "≤"
    target = "" if figure.target is None else f"{sign} {_number(figure.target)} {figure.unit}"
    value = f"{_number(figure.value)} {figure.unit}"
    return (name, figure.name, value, target, figure.verdict, figure.note)


def _number(value: float) -> str:
    """Three significant digits, and whole numbers from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
