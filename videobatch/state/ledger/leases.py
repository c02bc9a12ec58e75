"""The leases of a worker, as its main process keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from videobatch.records import Death, Held
from videobatch.state.keys import ids_of
from videobatch.state.ledger.releases import Releases


class Leases(Releases):
    """The videos that a worker holds: prolonged while its children live, else given back."""

    def ping(self) -> None:
        """Keeps the connection, and the name that it shows, alive."""
        self.store.ask(lambda redis: redis.ping())

    def held(self, worker: str) -> list[Held]:
        """The videos that the ledger believes this worker holds."""
        key = self.store.keys.held(worker)
        pairs = self.store.ask(lambda redis: redis.hgetall(key))
        return [_held(member, value) for member, value in pairs.items()]

    def renew(self, worker: str, held: Sequence[Held]) -> list[str]:
        """Prolongs the leases of live children's videos; names those that are not ours now."""
        values = [x for h in held for x in (h.batch_id, h.video_id, h.token, h.pid)]
        lost: list[str] = self._run("ledger/renew", worker, self._lease_ms, *values)
        return lost

    def release_dead(self, held: Held, death: Death) -> str:
        """Gives back the video of a child that died; its new state, or '' if it moved on."""
        return self._release(held.batch_id, held.video_id, held.token, death=death)

    def hand_back(self, held: Held) -> str:
        """Gives back the video of a child that was ended on purpose; no death is counted."""
        return self._release(held.batch_id, held.video_id, held.token)

    def expire(self, worker: str) -> int:
        """Ends the leases of a worker that is gone; the next sweep returns its videos."""
        return int(self._run("ledger/expire", worker))


def _held(member: str, value: str) -> Held:
    batch_id, video_id = ids_of(member)
    token, _, pid = value.partition(" ")
    return Held(batch_id, video_id, token, int(pid))
