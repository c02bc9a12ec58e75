"""The terms that a model is told to expect, and their coming back from where nobody said them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORDS = re.compile(r"[^\W_]+")


def is_recited(heard: Iterable[str], terms: Iterable[str]) -> bool:
    """True where nothing was heard but words of the terms: on unclear sound a model gives back what
    it was told."""
    said, told = _bag(heard), _bag(terms)
    return bool(said) and said <= told


def _bag(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in _WORDS.findall(text.casefold())}
