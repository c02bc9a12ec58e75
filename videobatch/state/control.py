"""The controller's memory in Redis: its state, its last ticks, and what it decided."""

from __future__ import annotations

from collections.abc import Sequence

from videobatch.state.store import Store

DECISIONS_KEPT = 1000
SUGGESTIONS_KEPT = 50
TICKS_KEPT = 1800
# A large fleet's ticks are long: fewer of them are kept.
TICKS_BYTES = 16 << 20


class ControlStore:
    """The controller's keys. Texts are JSON, and the caller's. Each call raises LedgerError once
    Redis was away for too long."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def state(self) -> str | None:
        """The state that the last leader left; None if there was none."""
        return self._store.ask(lambda redis: redis.get(self._store.keys.control_state))

    def record(self, token: int, state: str, tick: str, decisions: Sequence[str]) -> bool:
        """Stores a tick; `decisions` are those that changed something. False, and nothing is
        stored, if `token` is not the leader's any more."""
        kept = max(60, min(TICKS_KEPT, TICKS_BYTES // max(1, len(tick))))
        counts = (kept, DECISIONS_KEPT)
        return bool(self._store.run("control/record", token, state, tick, *counts, *decisions))

    def tuning(self) -> str | None:
        """The tuning that the slow loop has put in force; None if nothing ever was."""
        return self._store.ask(lambda redis: redis.get(self._store.keys.control_tuning))

    def suggest(
        self, token: int, suggestion: str, tuning: str, api_share: float, *, memory_mode: bool
    ) -> bool:
        """Stores a suggestion, and what is in force with it: the limiter uses no more than
        `api_share` of the rates that servers allow, and in the memory mode admission takes each
        video for half more. False if `token` is not the leader's any more."""
        in_force = (tuning, str(api_share), int(memory_mode))
        return bool(
            self._store.run("control/suggest", token, suggestion, *in_force, SUGGESTIONS_KEPT)
        )

    def untune(self, token: int) -> bool:
        """Takes back what the slow loop has put in force. False if `token` is not the leader's any
        more. Safe to repeat."""
        return bool(self._store.run("control/untune", token))

    def suggestions(self, count: int) -> list[str]:
        """The last so many of the slow loop, the oldest first."""
        return self._last(self._store.keys.control_suggestions, "suggestion", count)

    def decisions(self, count: int) -> list[str]:
        """The last so many that changed something, the oldest first."""
        return self._last(self._store.keys.control_decisions, "decision", count)

    def ticks(self, count: int = TICKS_KEPT) -> list[str]:
        """The last so many ticks, the oldest first."""
        return self._last(self._store.keys.control_ticks, "tick", count)

    def _last(self, stream: str, field: str, count: int) -> list[str]:
        found = self._store.ask(lambda redis: redis.xrevrange(stream, count=count))
        return [fields[field] for _, fields in reversed(found)]
