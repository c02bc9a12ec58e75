"""What the server saw, by its own count since the start or the last reset."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Tally:
    """One endpoint's calls: `refused` are the 429s by cause, `failed` all else without an
    answer, by status or by what cut them."""

    served: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """The whole of it.

    `admitted` calls took a request from the quota: those served, those that failed afterwards,
    those that their tokens or their sound refused. `permitted` is what a perfect client could
    have been admitted to: the burst at first and the rate over the time, without what an outage
    made overflow; currencies that are not metered are absent. The ceiling and other currencies
    are not in it.

    `identities`: the SHA-256 of endpoint, parameters and file hash or messages, with the number
    of times that it was served. A call counts as served, and as paid, when its answer is ready:
    a client that died before reading it pays all the same (`unread`, where that was noticed).
    `keys`: the first 12 hex digits of the SHA-256 of each key that was sent. `seconds`: admitted
    and refused in each second. `cut`: connections that an outage closed. `files`: what became of
    uploads, and the bytes of each 10 ms.
    """

    elapsed_s: float = 0.0
    permitted: dict[str, float] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)
    admitted: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    invalid_answers: int = 0
    unread: int = 0
    cut: int = 0
    endpoints: dict[str, Tally] = field(default_factory=dict)
    identities: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, list[int]] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Counts:
        """The counts that `dataclasses.asdict` made plain."""
        endpoints = {path: Tally(**tally) for path, tally in plain["endpoints"].items()}
        return cls(**{**plain, "endpoints": endpoints})

    @property
    def served(self) -> int:
        return sum(tally.served for tally in self.endpoints.values())

    @property
    def refused(self) -> int:
        """Calls that got a 429."""
        return sum(sum(tally.refused.values()) for tally in self.endpoints.values())

    @property
    def failed(self) -> int:
        return sum(sum(tally.failed.values()) for tally in self.endpoints.values())

    @property
    def used_share(self) -> float:
        """Admitted calls of those that a perfect client would have been admitted to."""
        return self.admitted / self.permitted["requests"]

    @property
    def refused_share(self) -> float:
        """429s of all calls."""
        return self.refused / max(1, self.served + self.refused + self.failed)

    @property
    def paid_again(self) -> int:
        """Calls served although the very same had been served before."""
        return sum(times - 1 for times in self.identities.values())

    def tally(self, path: str) -> Tally:
        return self.endpoints.setdefault(path, Tally())

    def admit(self, at_s: float) -> None:
        """A call was admitted at `at_s` after the reset."""
        self.admitted += 1
        self._second(at_s)[0] += 1

    def refuse(self, path: str, cause: str, at_s: float) -> None:
        refused = self.tally(path).refused
        refused[cause] = refused.get(cause, 0) + 1
        self._second(at_s)[1] += 1

    def fail(self, path: str, why: str) -> None:
        failed = self.tally(path).failed
        failed[why] = failed.get(why, 0) + 1

    def serve(self, path: str, identity: str | None) -> None:
        self.tally(path).served += 1
        if identity is not None:
            self.identities[identity] = self.identities.get(identity, 0) + 1

    def spend(self, amounts: dict[str, float]) -> None:
        for name, amount in amounts.items():
            self.spent[name] = self.spent.get(name, 0.0) + amount

    def _second(self, at_s: float) -> list[int]:
        return self.seconds.setdefault(str(int(at_s)), [0, 0])
