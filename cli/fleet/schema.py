"""The stable schema of `--json` for workers and their control."""

from __future__ import annotations

from cli.shared.schema import AlertOut, JsonModel


class WorkerOut(JsonModel):
    """A worker that lives: its slots as they are wanted, real, used and possible, and what keeps
    its host from more (null: no controller has said).

    Deprecated, and the same as `slots`, `real_slots` and `most_slots`: `slots_wanted`,
    `slots_real`, `slots_most`.
    """

    worker: str
    host: str
    pid: int
    children: tuple[int, ...]
    slots: int
    real_slots: int
    most_slots: int
    slots_wanted: int
    slots_real: int
    slots_most: int
    running: int
    memory_bytes: int
    uptime_s: float
    binds: str | None


class WorkersOut(JsonModel):
    workers: tuple[WorkerOut, ...]


class DecisionOut(JsonModel):
    """A change of a host's slots, or of what keeps it from more. `figures` are the numbers that it
    came from; times are Unix seconds."""

    at_s: float
    host: str
    slots: int
    before: int
    running: int
    pending: int
    binds: str
    reason: str
    remedy: str
    figures: dict[str, float]
    cpu_fraction: float | None
    memory_fraction: float | None


class SuggestionOut(JsonModel):
    """A suggestion of the slow loop for a host ("": for all). `target` is the most slots, or the
    share of the API's rate; null for the memory mode."""

    at_s: float
    what: str
    host: str
    target: float | None
    reason: str
    applied: bool


class DecisionsOut(JsonModel):
    decisions: tuple[DecisionOut, ...]
    suggestions: tuple[SuggestionOut, ...]


class ReplayOut(JsonModel):
    """`rounds` were decided again, `differ` of them otherwise; `slots` are those of each round:
    host, then, now."""

    rounds: int
    differ: int
    policy: str
    slots: tuple[tuple[float, str, int, int], ...]


class RecogniserOut(JsonModel):
    """The recogniser of a host: segments and stills that wait, and how many of its threads are
    busy; seconds of sound since its start, and per second of the last while; stills that it has
    read."""

    pid: int
    threads: int
    waiting: int
    busy: int
    sound_s: float
    sound_per_s: float
    memory_bytes: int | None
    stills: int = 0


class HostOut(JsonModel):
    """A host as the controller saw it last. `phases` counts calls and computing threads; `binds`,
    `why` and `remedy` are of its newest decision; `recogniser` is null where none answers.

    Deprecated: `slots_most`, the same as `most_slots`, and `reason`, which is `why` behind `binds`.
    """

    host: str
    workers: int
    running: int
    slots: int
    most_slots: int
    slots_most: int
    binds: str | None
    why: str | None
    reason: str | None
    remedy: str | None
    phases: dict[str, int]
    cores: float
    cpu_fraction: float
    memory_used_bytes: int
    memory_limit_bytes: int
    disk_bytes_per_s: float
    net_bytes_per_s: float
    recogniser: RecogniserOut | None = None


class LimitOut(JsonModel):
    """The calls that a provider lets through: see videobatch.state.limit_views.LimitView."""

    scope: str
    per_min: float | None
    left: float | None
    in_flight: int
    ceiling: int
    waiting: int
    gate_s: float


class TopOut(JsonModel):
    """One look at the fleet; `cost_usd` is what was ever paid."""

    policy: str | None
    controller_age_s: float | None
    pending: int
    hosts: tuple[HostOut, ...]
    limits: tuple[LimitOut, ...]
    cost_usd: float
    alerts: tuple[AlertOut, ...]
