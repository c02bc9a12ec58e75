"""Assigning: each host's slots are decided, told to its workers, and recorded."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from controllers.control.actuation import Actuator
from controllers.control.alerts import AlertWatch
from controllers.control.starts import StartRates
from controllers.control.tuner import Tuner
from controllers.duties.duty import Round
from controllers.fleet.sampling import Sampling
from controllers.policy import decide
from controllers.policy.records import Decision, Options, PolicyState, Snapshot, Tick
from videobatch.records import from_json, to_json
from videobatch.state.control import ControlStore
from videobatch.state.limit_views import LimitView

log = logging.getLogger(__name__)

# A replay begins at a tick that holds the state: one in so many does.
STATE_EVERY = 60


@dataclass(slots=True)
class Assigning:
    """One round of control: sample, decide, act, record. `decisions` are the newest that were
    recorded."""

    policy: str
    options: Options
    sampling: Sampling
    store: ControlStore
    actuator: Actuator
    watch: AlertWatch | None = None
    tuner: Tuner | None = None
    starts: StartRates | None = None
    limits: Callable[[], list[LimitView]] = list
    decisions: tuple[Decision, ...] = ()
    due_s: float = 0.0
    _state: PolicyState | None = None
    _said: dict[str, tuple[int, str]] = field(default_factory=dict)
    _recorded: int = 0

    def follow_on(self, lost: str = "") -> None:
        """Goes on from what the leader before remembered, which is told if it was `lost`. Raises
        LedgerError."""
        if lost and self.watch is not None:
            self.watch.leader_lost(lost)
        if self.tuner is not None:
            self.tuner.follow_on()
        text = self.store.state()
        self._state, self._recorded, self._said = PolicyState(), 0, {}
        if text is not None:
            try:
                self._state = from_json(PolicyState, text)
            except ValidationError:
                log.warning("what the last controller remembered cannot be read; starting anew")

    def run(self, now: Round) -> None:
        """Decides once, and tells the workers; the window is to hold as many as are decided.
        Raises LedgerError, redis.RedisError and kombu's errors."""
        if self._state is None:
            self.follow_on()
        limits = self.limits()
        snapshot = self.sampling.snapshot(now.readings, limits)
        if self.tuner is not None:
            snapshot = self.tuner.bounded(snapshot)
        before = self._state or PolicyState()
        decisions, state = decide(self.policy, snapshot, before, self.options)
        self.actuator.act(decisions, now.readings, now.token)
        kept = before if self._recorded % STATE_EVERY == 0 else None
        tick = Tick(self.policy, self.options, snapshot, decisions, kept)
        self._record(tick, state, now.token)
        counters = self.sampling.counters
        if self.tuner is not None:
            self.tuner.look(snapshot, decisions, counters, now.token)
        if self.watch is not None:
            self.watch.look(snapshot, now.readings, counters)
        if self.starts is not None and self.starts.is_due(snapshot.at_s):
            self.starts.look(now.readings, counters, limits)
        now.slots = max(now.slots, sum(decision.slots for decision in decisions))
        now.decisions = self.decisions

    def _record(self, tick: Tick, state: PolicyState, token: int) -> None:
        """Stores the round unless another controller leads by now, and says what has changed."""
        changed = [d for d in tick.decisions if self._said.get(d.host_id) != _in_short(d)]
        news = [json.dumps(told(decision, tick.snapshot)) for decision in changed]
        if not self.store.record(token, to_json(state), to_json(tick), news):
            return
        self._state, self.decisions = state, tick.decisions
        self._said = {d.host_id: _in_short(d) for d in tick.decisions}
        self._recorded += 1
        for each in changed:
            log.info("%s: %d slots (%s: %s)", each.host_id, each.slots, each.binds, each.reason)


def _in_short(decision: Decision) -> tuple[int, str]:
    return decision.slots, str(decision.binds)


def told(decision: Decision, snapshot: Snapshot) -> Mapping[str, Any]:
    """A decision as it is told to people: with what was seen of its host."""
    seen = next(host for host in snapshot.hosts if host.host_id == decision.host_id)
    return {
        "at_s": round(snapshot.at_s, 3),
        "host": decision.host_id,
        "slots": decision.slots,
        "before": seen.slots,
        "running": seen.running,
        "binds": str(decision.binds),
        "reason": decision.reason,
        "figures": {name: round(value, 3) for name, value in decision.figures.items()},
        "cpu_fraction": round(seen.cpu_fraction, 3),
        "memory_fraction": round(seen.memory_used_bytes / seen.memory_limit_bytes, 3)
        if seen.memory_limit_bytes > 0
        else None,
        "pending": snapshot.pending,
    }
