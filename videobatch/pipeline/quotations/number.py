"""A number at its place in a text, and the words that numbers are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Number:
    """A number at its place in a text. `is_figure` is false for what may be no figure at all: one
    alone, an ordinal, what the writer counts, a numeral within a word."""

    start: int
    end: int
    value: float
    is_figure: bool


@cache
def _words() -> Mapping[str, Any]:
    text = (Path(__file__).parent / "numbers.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def number_words(name: str) -> Sequence[str]:
    """The words of a list of numbers.yaml. Raises KeyError if there is none."""
    words: str = _words()[name]
    return words.split()


@cache
def alike() -> Mapping[str, Sequence[float]]:
    """The other words that say a number, each with those that it may be."""
    found: Mapping[str, Sequence[float]] = _words()["alike"]
    return found
