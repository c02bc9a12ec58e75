"""Words and characters that names are told by, from words.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml


@cache
def short_for() -> Mapping[str, str]:
    """Abbreviations of two letters, and what each is short for."""
    text = (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
    found: Mapping[str, str] = yaml.safe_load(text)["short_for"]
    return found


@cache
def words_of(name: str) -> frozenset[str]:
    """The words of that list. Raises KeyError if there is none."""
    text = (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
    return frozenset(yaml.safe_load(text)[name].split())
