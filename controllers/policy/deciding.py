"""One function for all policies: a snapshot and what is remembered in, decisions out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from controllers.policy import little, threshold
from controllers.policy.records import (
    Binds,
    Decision,
    HostSnapshot,
    HostState,
    Options,
    PolicyState,
    Snapshot,
)

DecideHost = Callable[[HostSnapshot, Snapshot, HostState, Options], tuple[Decision, HostState]]


def _fixed(
    host: HostSnapshot, snapshot: Snapshot, before: HostState, options: Options
) -> tuple[Decision, HostState]:
    ceiling = options.ceiling(host)
    slots = ceiling if options.fixed is None else min(ceiling, options.fixed)
    return Decision(host.host_id, max(0, slots), Binds.RULE, "fixed"), before


POLICIES: Mapping[str, DecideHost] = MappingProxyType(
    {"little": little.decide_host, "threshold": threshold.decide_host, "fixed": _fixed}
)


def decide(
    policy: str, snapshot: Snapshot, state: PolicyState, options: Options
) -> tuple[tuple[Decision, ...], PolicyState]:
    """A decision for each host, and what is to be remembered. Pure: equal arguments give equal
    decisions. Of stale or absurd readings nothing follows: the host stays as it is."""
    decisions: list[Decision] = []
    hosts: dict[str, HostState] = {}
    for host in snapshot.hosts:
        before = _of_this_time(state.hosts.get(host.host_id), snapshot.at_s)
        seen = _as_told(host, before, snapshot.at_s, options)
        problem = _problem(host, options)
        if problem is None:
            decision, after = POLICIES[policy](seen, snapshot, before, options)
        else:
            held = max(0, min(seen.slots, host.most_slots))
            decision, after = Decision(host.host_id, held, Binds.DATA, problem), before
        decisions.append(decision)
        hosts[host.host_id] = replace(after, slots=decision.slots, told_s=snapshot.at_s)
    return tuple(decisions), PolicyState(hosts)


def _of_this_time(before: HostState | None, at_s: float) -> HostState:
    """The memory of the host, unless the clock was put back: then no change is waited for."""
    if before is None:
        return HostState(at_s)
    if before.at_s <= at_s:
        return before
    return replace(before, at_s=at_s, changed_s=None, below_since_s=None, slots=None)


def _as_told(host: HostSnapshot, before: HostState, at_s: float, options: Options) -> HostSnapshot:
    """The host with the number that it was told a moment ago: its sample may be older than that,
    or of a worker that has just begun anew."""
    if before.slots is None or not 0 <= at_s - before.told_s <= options.stale_s:
        return host
    return replace(host, slots=before.slots)


def _problem(host: HostSnapshot, options: Options) -> str | None:
    if not host.age_s <= options.stale_s:
        return f"the last sample is {host.age_s:.0f} s old"
    figures = (
        host.cores,
        host.cpu_fraction,
        host.memory_limit_bytes,
        host.memory_used_bytes,
        host.cpu,
        host.api,
        host.limiter,
        host.io,
        host.speech,
        host.task_bytes or 0.0,
        host.running,
    )
    if not all(math.isfinite(figure) and 0 <= figure < 1e18 for figure in figures):
        return "a reading is absurd"
    if host.cores <= 0 or host.memory_limit_bytes <= 0:
        return "a reading is missing"
    return None
