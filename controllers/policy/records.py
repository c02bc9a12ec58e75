"""The records that a policy reads, decides and remembers. Frozen; times are seconds by the
snapshot's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from videobatch.records import from_json


class Binds(StrEnum):
    """The bound that keeps a host from running more videos at once."""

    CPU = "cpu"
    MEMORY = "memory"
    API_RATE = "api-rate"
    API_IN_FLIGHT = "api-in-flight"
    DISK = "disk"
    WORK = "work"
    BOUNDS = "bounds"
    DATA = "data"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class HostSnapshot:
    """One host as its workers' newest samples tell it.

    `age_s` is how old the newest sample is. `running` videos are counted by what they do: `cpu`,
    `api` (a call is out), `limiter` (waiting for a permit), `io`; the rest do nothing that is
    marked; `speech` segments of theirs are at the host's recogniser, whose work is part of
    `cpu_fraction`. `task_bytes` is what a running video takes on the average, None where none runs.
    `most_slots` is how many its workers could run, `slots` how many they are asked to: `most` and
    `now` in JSON, as ever. `finished_per_s` and `error_rate` (0 to 1) are of the last while, None
    where they are not known. `is_full`: a slot was free, and no waiting video fitted into the
    memory.
    """

    host_id: str
    age_s: float
    cores: float
    cpu_fraction: float
    memory_limit_bytes: float
    memory_used_bytes: float
    running: int
    cpu: float
    api: float
    limiter: float
    io: float
    task_bytes: float | None
    most_slots: Annotated[int, Field(alias="most")]
    slots: Annotated[int, Field(alias="now")]
    finished_per_s: float | None = None
    error_rate: float | None = None
    is_full: bool = False
    speech: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The fleet at one moment: `pending` videos wait for a slot. Of the calls that wait for a
    permit, `in_flight_share` (0 to 1) wait for another one to end, the rest for the rate; it is
    None if none waits."""

    at_s: float
    pending: int
    hosts: tuple[HostSnapshot, ...]
    in_flight_share: float | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """The user's choices. `least` and `most` bound a host's videos; `smoothing_s` is the time
    constant of the averages. The next two are `little`'s: how long it waits between two growths,
    and until it shrinks. The last three are `threshold`'s."""

    least: int = 1
    most: int | None = None
    fixed: int | None = None
    cpu_target: float = 1.0
    smoothing_s: float = 25.0
    stale_s: float = 5.0
    grow_pause_s: float = 5.0
    shrink_after_s: float = 15.0
    cooldown_s: float = 60.0
    window: int = 20
    needed: int = 5

    def ceiling(self, host: HostSnapshot) -> int:
        """The most videos that the host may run: as many as its workers could, within `most`."""
        return host.most_slots if self.most is None else min(host.most_slots, self.most)


@dataclass(frozen=True, slots=True)
class HostState:
    """A policy's memory of a host: averages, when it changed what, its window, and the last
    decision, of `told_s`."""

    at_s: float
    readings: int = 0
    waiting: float | None = None
    busy_cores: float | None = None
    running: float | None = None
    limiter: float | None = None
    task_bytes: float | None = None
    others_bytes: float | None = None
    changed_s: float | None = None
    below_since_s: float | None = None
    window: tuple[HostSnapshot, ...] = ()
    slots: int | None = None
    told_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PolicyState:
    """A policy's memory of all hosts, by id."""

    hosts: Mapping[str, HostState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """The number of videos that a host is to run, what keeps it from more, and why, in words and
    figures."""

    host_id: str
    slots: int
    binds: Binds
    reason: str
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tick:
    """A round of control as it is recorded: all that decided, and what was decided.

    `state` is what was remembered before; None in most ticks, where the round before tells it.
    """

    policy: str
    options: Options
    snapshot: Snapshot
    decisions: tuple[Decision, ...]
    state: PolicyState | None = None

    @classmethod
    def from_json(cls, text: str | bytes) -> Tick:
        """A tick as it was recorded, also by a version whose reasons began with what binds. Raises
        pydantic.ValidationError."""
        tick = from_json(cls, text)
        return replace(tick, decisions=tuple(map(_without_prefix, tick.decisions)))


def _without_prefix(decision: Decision) -> Decision:
    return replace(decision, reason=decision.reason.removeprefix(f"{decision.binds}: "))
