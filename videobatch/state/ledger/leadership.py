"""The one controller that leads."""

from __future__ import annotations

from videobatch.state.ledger.part import LedgerPart


class Leadership(LedgerPart):
    """The leader's lease."""

    def lead(self, name: str, lease_s: float, heard: int = 0) -> int:
        """A fencing token while `name` is the leader, else 0. It is higher than `heard`, the
        highest that workers have heard of, unless it is that one."""
        return int(self._run("control/lead", name, round(lease_s * 1000), heard))

    def predecessor_lost(self) -> str:
        """The leader before the present one, if it went without a word; else ''."""
        return self.store.ask(lambda redis: redis.hget(self.store.keys.leader, "lost")) or ""

    def resign(self, name: str) -> None:
        """Lets another one lead at once, if `name` leads. Safe to repeat."""
        self._run("control/resign", name)
