"""Lists of English words by what they do in a sentence, from english.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml


@cache
def lexicon(name: str) -> frozenset[str]:
    """The words of that list. Raises KeyError if there is none."""
    text = (Path(__file__).parent / "english.yaml").read_text(encoding="utf-8")
    return frozenset(yaml.safe_load(text)[name].split())
