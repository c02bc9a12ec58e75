"""What the controller keeps in Redis: its state, its last ticks, and what it decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from redis import Redis

from videobatch.state.connection import patiently
from videobatch.state.scripts import CONTROL_NAMES, Scripts

DECISIONS_KEPT = 1000
SUGGESTIONS_KEPT = 50
TICKS_KEPT = 1800
# A large fleet's ticks are long: fewer of them are kept.
TICKS_BYTES = 16 << 20


class ControlStore:
    """Texts are JSON, and the caller's. Each call raises LedgerError once Redis was away for too
    long."""

    def __init__(self, client: Redis, prefix: str, *, patience_s: float = 5.0) -> None:
        self._client = client
        self._prefix = f"{prefix}:control"
        self._patience_s = patience_s
        self._scripts = Scripts(client, prefix, CONTROL_NAMES)

    def state(self) -> str | None:
        """What the last leader remembered; None if there was none."""
        return patiently(
            lambda: cast("str | None", self._client.get(f"{self._prefix}:state")),
            patience_s=self._patience_s,
        )

    def record(self, token: int, state: str, tick: str, decisions: Sequence[str]) -> bool:
        """Stores a tick; `decisions` are those that changed something. False, and nothing is
        stored, if `token` is not the leader's any more."""
        kept = max(60, min(TICKS_KEPT, TICKS_BYTES // max(1, len(tick))))
        args: list[str | int] = [token, state, tick, kept, DECISIONS_KEPT, *decisions]
        return bool(
            patiently(lambda: self._scripts.run("record", args), patience_s=self._patience_s)
        )

    def tuning(self) -> str | None:
        """What the slow loop has put in force; None if nothing ever was."""
        return patiently(
            lambda: cast("str | None", self._client.get(f"{self._prefix}:tuning")),
            patience_s=self._patience_s,
        )

    def suggest(
        self, token: int, suggestion: str, tuning: str, api_share: float, *, memory_mode: bool
    ) -> bool:
        """Stores a suggestion, and what is in force with it: the limiter uses no more than
        `api_share` of the rates that servers allow, and in the memory mode admission takes each
        video for half more. False if `token` is not the leader's any more."""
        args: list[str | int] = [
            token, suggestion, tuning, str(api_share), int(memory_mode), SUGGESTIONS_KEPT
        ]  # fmt: skip
        return bool(
            patiently(lambda: self._scripts.run("suggest", args), patience_s=self._patience_s)
        )

    def untune(self, token: int) -> bool:
        """Takes back what the slow loop has put in force. False if `token` is not the leader's any
        more. Safe to repeat."""
        return bool(
            patiently(lambda: self._scripts.run("untune", [token]), patience_s=self._patience_s)
        )

    def suggestions(self, count: int) -> list[str]:
        """The last so many of the slow loop, the oldest first."""
        return self._last("suggestions", "suggestion", count)

    def decisions(self, count: int) -> list[str]:
        """The last so many that changed something, the oldest first."""
        return self._last("decisions", "decision", count)

    def ticks(self, count: int = TICKS_KEPT) -> list[str]:
        """The last so many ticks, the oldest first."""
        return self._last("ticks", "tick", count)

    def _last(self, stream: str, field: str, count: int) -> list[str]:
        def read() -> list[tuple[str, dict[str, str]]]:
            found = self._client.xrevrange(f"{self._prefix}:{stream}", count=count)
            return cast("list[tuple[str, dict[str, str]]]", found)

        return [
            fields[field] for _, fields in reversed(patiently(read, patience_s=self._patience_s))
        ]
