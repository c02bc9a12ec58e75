"""One round of control: sample, decide, act, record."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from controllers.actuation import Actuator
from controllers.alerts import AlertWatch
from controllers.policy import decide
from controllers.policy.records import Decision, Options, Snapshot, State
from controllers.sampling import Outcomes, by_host, snapshot_of
from controllers.starts import StartRates
from controllers.tuner import Tuner
from videobatch.records import from_json, to_json
from videobatch.state.control import ControlStore
from videobatch.state.limit_views import LimitView
from videobatch.state.samples import SampleStore
from videobatch.state.views import Views

log = logging.getLogger(__name__)

# A replay begins at a tick that holds the state: one in so many does.
STATE_EVERY = 60


@dataclass(frozen=True, slots=True)
class Tick:
    """A round of control as it is recorded: all that decided, and what was decided.

    `state` is what was remembered before; None in most ticks, where the round before tells it.
    """

    policy: str
    options: Options
    snapshot: Snapshot
    decisions: tuple[Decision, ...]
    state: State | None = None


@dataclass(slots=True)
class Steering:
    """The control part of a controller that leads. `decisions` are the newest."""

    policy: str
    options: Options
    samples: SampleStore
    views: Views
    store: ControlStore
    actuator: Actuator
    memory_limit_bytes: int | None = None
    watch: AlertWatch | None = None
    tuner: Tuner | None = None
    starts: StartRates | None = None
    limits: Callable[[], list[LimitView]] = list
    outcomes: Outcomes = field(default_factory=Outcomes)
    decisions: tuple[Decision, ...] = ()
    _state: State | None = None
    _said: dict[str, tuple[int, str]] = field(default_factory=dict)
    _rounds: int = 0

    def follow_on(self, lost: str = "") -> None:
        """Goes on from what the leader before remembered, which is told if it was `lost`. Raises
        LedgerError."""
        if lost and self.watch is not None:
            self.watch.leader_lost(lost)
        if self.tuner is not None:
            self.tuner.follow_on()
        text = self.store.state()
        self._state, self._rounds, self._said = State(), 0, {}
        if text is not None:
            try:
                self._state = from_json(State, text)
            except ValidationError:
                log.warning("what the last controller remembered cannot be read; starting anew")

    def round(self, token: int) -> int:
        """Decides once, and tells the workers. The slots that are wanted of all of them. Raises
        LedgerError, redis.RedisError and kombu's errors."""
        if self._state is None:
            self.follow_on()
        readings = self.samples.alive()
        at_s, limits = self.views.now_s(), self.limits()
        self.outcomes.add(readings, at_s)
        snapshot = snapshot_of(
            readings,
            at_s=at_s,
            pending=self.views.pending_count(),
            outcomes=self.outcomes,
            memory_limit_bytes=self.memory_limit_bytes,
            full_hosts=self.views.full_hosts(by_host(readings)),
            limits=limits,
        )
        if self.tuner is not None:
            snapshot = self.tuner.bounded(snapshot)
        before = self._state or State()
        decisions, state = decide(self.policy, snapshot, before, self.options)
        self.actuator.act(decisions, readings, token)
        tick = Tick(
            self.policy,
            self.options,
            snapshot,
            decisions,
            before if self._rounds % STATE_EVERY == 0 else None,
        )
        changed = [d for d in decisions if self._said.get(d.host_id) != (d.slots, str(d.binds))]
        news = [json.dumps(entry(at_s, decision, snapshot)) for decision in changed]
        if self.store.record(token, to_json(state), to_json(tick), news):
            self._state, self.decisions = state, decisions
            self._said = {d.host_id: (d.slots, str(d.binds)) for d in decisions}
            self._rounds += 1
            for decision in changed:
                log.info("%s: %d slots (%s)", decision.host_id, decision.slots, decision.reason)
        if self.tuner is not None:
            self.tuner.look(snapshot, decisions, readings, token)
        if self.watch is not None:
            self.watch.look(snapshot, readings)
        if self.starts is not None and self.starts.is_due(at_s):
            self.starts.look(readings, limits)
        return sum(decision.slots for decision in decisions)


def entry(at_s: float, decision: Decision, snapshot: Snapshot) -> Mapping[str, Any]:
    """A decision as it is told to people: with what was seen of its host."""
    seen = next(host for host in snapshot.hosts if host.host_id == decision.host_id)
    return {
        "at_s": round(at_s, 3),
        "host": decision.host_id,
        "slots": decision.slots,
        "before": seen.now,
        "running": seen.running,
        "binds": str(decision.binds),
        "reason": decision.reason.partition(": ")[2],
        "figures": {name: round(value, 3) for name, value in decision.figures.items()},
        "cpu_fraction": round(seen.cpu_fraction, 3),
        "memory_fraction": round(seen.memory_used_bytes / seen.memory_limit_bytes, 3)
        if seen.memory_limit_bytes > 0
        else None,
        "pending": snapshot.pending,
    }
