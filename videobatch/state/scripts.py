"""The Lua scripts of `lua/`, each with the parts that it shares with others in front of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_FOLDER = files(__package__) / "lua"

# The parts for the scripts of each folder, in an order in which each knows those before it.
PARTS: Mapping[str, tuple[str, ...]] = {
    "ledger": (
        "ledger/_keys",
        "ledger/_tokens",
        "ledger/_shelves",
        "ledger/_states",
        "ledger/_leases",
        "ledger/_memory",
        "ledger/_steering",
        "ledger/_hints",
        "_latency",
        "ledger/_deaths",
    ),
    "limits": ("limits/_scope", "limits/_buckets", "limits/_queue", "limits/_uploads", "_latency"),
    "control": ("ledger/_keys",),
    "calls": (),
}


@cache
def source(script: str) -> str:
    """The text that Redis runs for a script, which is named as it lies there: "ledger/claim"."""
    folder = script.partition("/")[0]
    return "".join(_text(name) for name in (*PARTS[folder], script))


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.lua").read_text("utf-8")
