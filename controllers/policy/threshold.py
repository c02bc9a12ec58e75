"""The rule that this product began with, to compare with: one step at a time, by thresholds.

Its numbers are as they were written: at most every 60 s, from the last five of twenty samples, one
down where CPU is above 0.85, memory above 0.80, errors above 0.10 or the throughput falls, else one
up where CPU is below 0.40, memory below 0.56 and errors below 0.05; from 2 to 8. Two gaps are
filled: the time of a change is set when one is made, and there is "room for improvement" unless the
throughput falls. Its defects are kept: noise alone reads as a falling throughput every third time,
a full CPU is what batch work wants, and eighteen minutes lie between 4 and 22.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from controllers.policy.records import Binds, Decision, HostSnapshot, HostState, Options, Snapshot

LEAST, MOST = 2, 8
CPU_HIGH, CPU_LOW, MEMORY_HIGH, ERRORS_HIGH = 0.85, 0.40, 0.80, 0.10
MEMORY_ROOM, ERRORS_ROOM = 0.7, 0.5
FALLING = -0.1


def decide_host(
    host: HostSnapshot, snapshot: Snapshot, before: HostState, options: Options
) -> tuple[Decision, HostState]:
    """One host's number by the thresholds. Pure."""
    ceiling = min(MOST, options.ceiling(host))
    floor = min(max(LEAST, options.least), ceiling)
    now = max(floor, min(ceiling, host.slots))
    window = (*before.window, host)[-options.window :]
    state = replace(before, at_s=snapshot.at_s, window=window)
    is_cooling = (
        before.changed_s is not None and snapshot.at_s - before.changed_s < options.cooldown_s
    )
    if is_cooling or len(window) < options.needed:
        why = "the last change was a moment ago" if is_cooling else "too few samples"
        return Decision(host.host_id, now, Binds.RULE, why), state
    down, up = _too_much(window[-options.needed :]), _has_room(window[-options.needed :])
    slots, why = now, "nothing to change"
    if down is not None:
        slots, why = max(floor, now - 1), down
    elif up:
        slots, why = min(ceiling, now + 1), "CPU, memory and errors are low"
    if slots != now:
        state = replace(state, changed_s=snapshot.at_s)
    return Decision(host.host_id, slots, Binds.RULE, why), state


def _too_much(recent: Sequence[HostSnapshot]) -> str | None:
    count = len(recent)
    if sum(each.cpu_fraction for each in recent) / count > CPU_HIGH:
        return "CPU above 0.85"
    if sum(map(_memory, recent)) / count > MEMORY_HIGH:
        return "memory above 0.80"
    if sum(each.error_rate or 0.0 for each in recent) / count > ERRORS_HIGH:
        return "errors above 0.10"
    return "the throughput falls" if _is_falling(recent) else None


def _has_room(recent: Sequence[HostSnapshot]) -> bool:
    latest = recent[-1]
    return (
        latest.cpu_fraction < CPU_LOW
        and _memory(latest) < MEMORY_HIGH * MEMORY_ROOM
        and (latest.error_rate or 0.0) < ERRORS_HIGH * ERRORS_ROOM
        and not _is_falling(recent)
    )


def _memory(host: HostSnapshot) -> float:
    limit = host.memory_limit_bytes
    return host.memory_used_bytes / limit if limit > 0 else 1.0


def _is_falling(recent: Sequence[HostSnapshot]) -> bool:
    """The slope of a straight line through the throughputs, by least squares."""
    rates = [each.finished_per_s for each in recent if each.finished_per_s is not None]
    count = len(rates)
    if count < 3:
        return False
    mean_x, mean_y = (count - 1) / 2, sum(rates) / count
    above = sum((x - mean_x) * (y - mean_y) for x, y in enumerate(rates))
    below = sum((x - mean_x) ** 2 for x in range(count))
    return above / below < FALLING
