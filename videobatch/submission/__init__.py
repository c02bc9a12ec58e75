"""The birth of a batch: inputs, wish, plan, estimate, and the list of what was accepted.

`submit` does all of it; docs/how-to/python.md shows how. Its steps, for whoever has to ask somebody
in between: `make_wish`, `prepare`, the submission's `plan`, `price`, `hand_over`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from videobatch.submission.estimate import Estimate, price
    from videobatch.submission.handover import Submitted, hand_over, submit
    from videobatch.submission.preparation import Submission, prepare
    from videobatch.submission.tariff import Tariff
    from videobatch.submission.wish import OFFLINE, Choices, make_wish

__all__ = [
    "OFFLINE",
    "Choices",
    "Estimate",
    "Submission",
    "Submitted",
    "Tariff",
    "hand_over",
    "make_wish",
    "prepare",
    "price",
    "submit",
]
_HOMES = {
    "estimate": ("Estimate", "price"),
    "handover": ("Submitted", "hand_over", "submit"),
    "preparation": ("Submission", "prepare"),
    "tariff": ("Tariff",),
    "wish": ("OFFLINE", "Choices", "make_wish"),
}


def __getattr__(name: str) -> object:
    """Loads a part at its first use: a command that only reads the accepted list begins at once."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
