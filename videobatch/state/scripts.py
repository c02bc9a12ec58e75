"""The Lua scripts, loaded from `lua/` with what they share in front of each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from redis import Redis
from redis.commands.core import Script

_FOLDER = files(__package__) / "lua"
NAMES = (
    "add_videos",
    "checkpoint",
    "cleaned",
    "claim",
    "commit",
    "drop",
    "expire",
    "fail",
    "feed",
    "forget",
    "forget_hints",
    "lead",
    "learn_need",
    "open_batch",
    "order",
    "progress",
    "published",
    "refine_kind",
    "release",
    "renew",
    "report_written",
    "resign",
    "retry",
    "steer",
    "sweep",
    "ticket",
)


LIMITER_NAMES = ("acquire", "release_upload", "renew_flights", "settle")
BEAT_NAMES = ("beat",)
CONTROL_NAMES = ("record", "suggest", "untune")
PACE_NAMES = ("pace",)
FLIGHT_NAMES = ("end_flight", "keep_flights", "take_flight")


_OF_LEDGER, _OF_LIMITS = ("_prelude", "_latency", "_deaths"), ("_limits", "_latency")


@cache
def source(name: str) -> str:
    """The text that Redis runs for the script `name`."""
    if name in PACE_NAMES + FLIGHT_NAMES:
        return (_FOLDER / f"{name}.lua").read_text("utf-8")
    shared = _OF_LIMITS if name in LIMITER_NAMES + BEAT_NAMES else _OF_LEDGER
    parts = (*shared, name)
    return "".join((_FOLDER / f"{part}.lua").read_text("utf-8") for part in parts)


class Scripts:
    """Runs scripts on one connection pool, with the key prefix in place; the ledger's unless
    others are named."""

    def __init__(self, client: Redis, prefix: str, names: Sequence[str] = NAMES) -> None:
        self._prefix = prefix
        self._scripts: dict[str, Script] = {
            name: client.register_script(source(name)) for name in names
        }

    def run(self, name: str, args: Sequence[str | bytes | int | float] = ()) -> object:
        """The script's answer. Raises redis.RedisError."""
        return self._scripts[name](keys=[self._prefix], args=list(args))
