"""The slow loop: what the trend of the last minutes suggests, beside what each second decides.

The thresholds are those of the rule that this product began with: CPU 0.85, memory 0.80, room below
0.60 and 0.70 with errors below 0.05, calls of 180 s, one step, a fifth less of the API's rate. It
moves bounds alone, and only where they are what binds: how many videos run within them is decided
each second, and nothing here takes back what that decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from controllers.policy.records import Binds

EVERY_S, LEAST_READINGS, KEPT = 120.0, 60, 50
CPU_HIGH, MEMORY_HIGH = 0.85, 0.80
CPU_ROOM, MEMORY_ROOM, ERRORS_ROOM = 0.60, 0.70, 0.05
API_SLOW_S, API_STEP, API_LEAST = 180.0, 0.8, 0.5
# The second half of the readings has to show so much less throughput than the first.
FALLING = 0.9


class Suggests(StrEnum):
    """The changes that may be suggested."""

    REDUCE = "reduce_concurrency"
    RAISE = "raise_concurrency"
    MEMORY_MODE = "memory_mode"
    NO_MEMORY_MODE = "no_memory_mode"
    SLOWER_API = "slower_api"
    FASTER_API = "faster_api"


@dataclass(frozen=True, slots=True)
class HostSecond:
    """A second of a host, as far as trends need it."""

    slots: int
    binds: Binds
    cpu_fraction: float
    memory_fraction: float
    finished_per_s: float | None
    error_rate: float | None


@dataclass(frozen=True, slots=True)
class Tuning:
    """The settings in force: the most slots of a host (those not named have no bound of ours),
    admission with half more memory for each video, the share of the API's rate that is used."""

    most: Mapping[str, int] = field(default_factory=dict)
    memory_mode: bool = False
    api_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`target` is the most slots, or the share of the API's rate; None for the memory mode."""

    what: Suggests
    host_id: str
    reason: str
    target: float | None = None


def suggest(
    history: Mapping[str, Sequence[HostSecond]], api_latency_s: float | None, now: Tuning
) -> tuple[Suggestion, ...]:
    """The suggestions of the trends; none of hosts with fewer than a minute's readings. Pure."""
    found: list[Suggestion] = []
    for host_id, readings in sorted(history.items()):
        if len(readings) >= LEAST_READINGS:
            found += _of_host(host_id, readings, now)
    full = any(_mean([r.memory_fraction for r in rs]) > MEMORY_HIGH for rs in history.values())
    if now.memory_mode and history and not full:
        found.append(Suggestion(Suggests.NO_MEMORY_MODE, "", "there is memory again"))
    if api_latency_s is not None and api_latency_s > API_SLOW_S and now.api_share > API_LEAST:
        share = max(API_LEAST, now.api_share * API_STEP)
        why = f"calls take {api_latency_s:.0f} s on the average"
        found.append(Suggestion(Suggests.SLOWER_API, "", why, share))
    elif now.api_share < 1 and (api_latency_s or 0.0) < API_SLOW_S / 2:
        share = min(1.0, now.api_share / API_STEP)
        found.append(Suggestion(Suggests.FASTER_API, "", "calls take no longer now", share))
    return tuple(found)


def _of_host(host_id: str, readings: Sequence[HostSecond], now: Tuning) -> list[Suggestion]:
    cpu = _mean([each.cpu_fraction for each in readings])
    memory = _mean([each.memory_fraction for each in readings])
    errors = _mean([each.error_rate or 0.0 for each in readings])
    slots = readings[-1].slots
    if _is_falling(readings):
        if memory > MEMORY_HIGH and not now.memory_mode:
            why = f"the throughput falls and the memory is at {memory:.0%}"
            return [Suggestion(Suggests.MEMORY_MODE, host_id, why)]
        if cpu > CPU_HIGH and slots > 1:
            why = f"the throughput falls while the CPU is at {cpu:.0%}"
            return [Suggestion(Suggests.REDUCE, host_id, why, float(slots - 1))]
        return []
    bound = now.most.get(host_id)
    has_room = cpu < CPU_ROOM and memory < MEMORY_ROOM and errors < ERRORS_ROOM
    if bound is not None and has_room and readings[-1].binds is Binds.BOUNDS:
        why = f"CPU {cpu:.0%}, memory {memory:.0%}, and the bound of the slow loop binds"
        return [Suggestion(Suggests.RAISE, host_id, why, float(bound + 1))]
    return []


def applied(tuning: Tuning, suggestion: Suggestion) -> Tuning:
    """The settings in force once it is followed. Pure."""
    most = dict(tuning.most)
    match suggestion.what:
        case Suggests.REDUCE | Suggests.RAISE:
            most[suggestion.host_id] = max(1, round(suggestion.target or 1))
            return Tuning(most, tuning.memory_mode, tuning.api_share)
        case Suggests.MEMORY_MODE | Suggests.NO_MEMORY_MODE:
            is_on = suggestion.what is Suggests.MEMORY_MODE
            return Tuning(most, is_on, tuning.api_share)
        case Suggests.SLOWER_API | Suggests.FASTER_API:
            return Tuning(most, tuning.memory_mode, suggestion.target or 1.0)


def _is_falling(readings: Sequence[HostSecond]) -> bool:
    """Halves of the stretch, not a slope over five samples, which noise turns about."""
    rates = [each.finished_per_s for each in readings if each.finished_per_s is not None]
    half = len(rates) // 2
    if half < LEAST_READINGS // 2:
        return False
    return _mean(rates[half:]) < FALLING * _mean(rates[:half])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
