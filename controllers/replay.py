"""The recorded rounds decided again: the same way, or by another rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from controllers.policy import decide
from controllers.policy.records import Decision, Options, PolicyState, Snapshot, Tick
from videobatch.records import to_json


@dataclass(frozen=True, slots=True)
class Replayed:
    """A round, and what was decided now."""

    tick: Tick
    decisions: tuple[Decision, ...]

    @property
    def is_same(self) -> bool:
        """Byte for byte what was decided then."""
        now, then = (replace(self.tick, decisions=d) for d in (self.decisions, self.tick.decisions))
        return to_json(now) == to_json(then)


def replay(
    ticks: Iterable[Tick], policy: str | None = None, options: Options | None = None
) -> Iterator[Replayed]:
    """Decides each round again, from the first one that holds what was remembered before it.

    With another policy or other options it answers "what if": each round starts from the slots
    that were decided in the one before, on readings that are those of the recorded run. What the
    other slots would have changed in those is not known.
    """
    is_other = policy is not None or options is not None
    state: PolicyState | None = None
    slots: dict[str, int] = {}
    for tick in ticks:
        if tick.state is not None and (state is None or not is_other):
            state = tick.state
        if state is None:
            continue
        snapshot = _with_slots(tick.snapshot, slots) if is_other else tick.snapshot
        decisions, state = decide(policy or tick.policy, snapshot, state, options or tick.options)
        slots = {decision.host_id: decision.slots for decision in decisions}
        yield Replayed(tick, decisions)


def _with_slots(snapshot: Snapshot, slots: dict[str, int]) -> Snapshot:
    hosts = tuple(replace(h, slots=slots.get(h.host_id, h.slots)) for h in snapshot.hosts)
    return replace(snapshot, hosts=hosts)
