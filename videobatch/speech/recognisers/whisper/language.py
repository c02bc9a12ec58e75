"""The language of a window: by its own sound where that is plain, else by its neighbours' too."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

# A window that is so sure of its language stands for itself: files may be in several.
SURE = 0.8
LEAST = 1e-6


def language_of(own: Mapping[str, float], others: Sequence[Mapping[str, float]]) -> str | None:
    """The likeliest language: of the window alone if it is sure, else of all of them together.
    None where nothing is known."""
    if not own:
        return None
    best = max(own, key=lambda code: own[code])
    if own[best] >= SURE or not others:
        return best
    codes = {code for each in (own, *others) for code in each}

    def together(code: str) -> float:
        return sum(math.log(max(LEAST, each.get(code, 0.0))) for each in (own, *others))

    return max(sorted(codes), key=together)
