"""The number of videos from Little's law: it is computed, not searched for.

    N_cpu = the N that keeps C cores busy for 0.99 of the time, and 1
    N_api = 1.4 (running - waiting for a permit), or two more, while the limiter binds
    N_mem = (0.90 M - others) / memory of a video

r = waiting for the API / busy cores is Goetz's wait/compute ratio (Java Concurrency in Practice,
8.2), measured as it is now. C (1 + r) videos would keep C cores busy if waits never fell together;
how many more are needed is what the queue of a finite source says. With a target below 1 for the
CPU, N_cpu is that share of C (1 + r). Waiting for a permit is no waiting: more videos would wait
longer. The smallest of the three counts, and is named.
"""

from __future__ import annotations

import math
from dataclasses import replace

from controllers.policy.averages import averaged
from controllers.policy.records import (
    Binds,
    Decision,
    HostSnapshot,
    HostState,
    Options,
    Snapshot,
)

WATERMARK = 0.90
API_HEADROOM = 1.4
SPARE = 2
# The limiter binds when so large a share of the running videos waits for it.
LIMITER_SHARE = 0.10
GROW_SHARE = 1.10
SHRINK_SHARE = 0.85
LEAST_BUSY_CORES = 0.05
# Averages of fewer readings are of chance.
LEAST_READINGS = 5
BUSY_SHARE = 0.99
MOST_VIDEOS = 256
LARGE = 1e150
DISK_SHARE, DISK_IDLE_SHARE = 0.5, 0.5
MOST_WAITS = 0.5


def decide_host(
    host: HostSnapshot, snapshot: Snapshot, before: HostState, options: Options
) -> tuple[Decision, HostState]:
    """One host's number. Grows at once, at most to 2 N + 1 and 5 s apart; shrinks when it was too
    many for 15 s. Pure."""
    ceiling = options.ceiling(host)
    floor = min(options.least, ceiling)
    if host.running == 0:
        # What others do on the host says nothing of videos: the averages stay for the next ones.
        held = max(floor, min(ceiling, host.slots))
        state = replace(before, at_s=snapshot.at_s, below_since_s=None)
        return Decision(host.host_id, held, Binds.WORK, "no video runs"), state
    state = averaged(host, snapshot.at_s, before, options)
    figures = _figures(host, state, options)
    limits = {name: value for name, value in figures.items() if name.startswith("n_")}
    name, wanted = min(limits.items(), key=lambda each: each[1])
    binds = _binding(name, snapshot)
    target = max(floor, min(ceiling, math.floor(wanted)))
    if target == ceiling and wanted >= ceiling + 1:
        binds = Binds.BOUNDS
    if binds is Binds.CPU and _waits_for_disk(host, state):
        binds = Binds.DISK
    # Rounded up on the way down, or what lies between two numbers would go to and fro: admission
    # and the limiter hold whatever this number is. A target of the CPU is no such limit.
    is_strict = name == "n_cpu" and options.cpu_target < 1
    lower = target if is_strict else max(floor, min(ceiling, math.ceil(wanted)))
    slots, state, reason = _moved(host, snapshot, state, options, (target, lower), wanted)
    if slots < target and "no video waits" in reason:
        binds = Binds.WORK
    elif host.is_full and host.running < slots:
        binds = Binds.MEMORY
        reason = f"{reason}; {host.running} run, since no waiting video fits into the memory"
    slots = max(floor, min(ceiling, slots))
    return Decision(host.host_id, slots, binds, reason, figures), state


def _figures(host: HostSnapshot, state: HostState, options: Options) -> dict[str, float]:
    cores = host.cores * options.cpu_target
    busy = max(LEAST_BUSY_CORES, state.busy_cores or 0.0)
    ratio = (state.waiting or 0.0) / busy
    n_cpu = saturating(host.cores, ratio) if options.cpu_target >= 1 else cores * (1 + ratio)
    figures = {"ratio": ratio, "busy_cores": busy, "n_cpu": n_cpu}
    running, limiter = state.running or 0.0, state.limiter or 0.0
    if running > 0 and limiter > LIMITER_SHARE * running:
        served = running - limiter
        # Of few videos two more: if none waited any longer, the rate would seem to be no limit.
        figures["n_api"] = max(API_HEADROOM * served, served + SPARE)
    if state.task_bytes:
        room = WATERMARK * host.memory_limit_bytes - (state.others_bytes or 0.0)
        figures["n_memory"] = max(0.0, room / state.task_bytes)
        if host.is_full:
            # Nothing that waits fits: what does is seen, and need not be reckoned. The average is
            # of videos that may have gone since.
            seen = min(running, float(host.running))
            figures["n_memory"] = min(figures["n_memory"], seen + SPARE)
    return figures


def saturating(cores: float, ratio: float) -> float:
    """The number of videos that keeps the cores busy for `BUSY_SHARE` of the time, between whole
    ones by interpolation, and one more for the moments in which a video neither computes nor
    calls."""
    whole = max(1, math.ceil(cores))
    n = max(whole, math.floor(whole * (1 + ratio)))
    before, busy = 0.0, utilisation(n, whole, ratio)
    while n < MOST_VIDEOS and busy < BUSY_SHARE:
        n += 1
        before, busy = busy, utilisation(n, whole, ratio)
    between = (busy - BUSY_SHARE) / (busy - before) if before and busy > before else 0.0
    return n - max(0.0, between) + 1 - (whole - cores) * (1 + ratio)


def utilisation(videos: int, cores: int, ratio: float) -> float:
    """The share of the cores that so many videos keep busy, if each waits `ratio` times as long as
    it computes: the queue of a finite source (M/M/c//N; L. Kleinrock, Queueing Systems 1, 3.9)."""
    if ratio < 1e-6:
        return min(1.0, videos / cores)
    # Of k videos at the cores: the weight of that state, relative to none there.
    weight, total, busy = 1.0, 1.0, 0.0
    for k in range(1, videos + 1):
        weight *= (videos - k + 1) / ratio / min(k, cores)
        total += weight
        busy += min(k, cores) * weight
        if weight > LARGE:
            weight, total, busy = weight / LARGE, total / LARGE, busy / LARGE
    return busy / total / cores


def _binding(name: str, snapshot: Snapshot) -> Binds:
    if name == "n_api":
        is_in_flight = (snapshot.in_flight_share or 0.0) > MOST_WAITS
        return Binds.API_IN_FLIGHT if is_in_flight else Binds.API_RATE
    return Binds.CPU if name == "n_cpu" else Binds.MEMORY


def _waits_for_disk(host: HostSnapshot, state: HostState) -> bool:
    """Most videos read or write, and the processors are idle."""
    idle = (state.busy_cores or 0.0) < DISK_IDLE_SHARE * host.cores
    return idle and host.running > 0 and host.io > DISK_SHARE * host.running


def _moved(
    host: HostSnapshot,
    snapshot: Snapshot,
    state: HostState,
    options: Options,
    targets: tuple[int, int],
    wanted: float,
) -> tuple[int, HostState, str]:
    """The step that may be taken now towards the target, on the way up and on the way down."""
    now, at_s = host.slots, snapshot.at_s
    target, lower = targets
    if target > now and target >= GROW_SHARE * now:
        state = replace(state, below_since_s=None)
        if host.running < now and snapshot.pending == 0:
            return now, state, f"{target} would do, but no video waits"
        if state.readings < LEAST_READINGS:
            return now, state, f"{target} wanted, of too few readings"
        if state.changed_s is not None and at_s - state.changed_s < options.grow_pause_s:
            return now, state, f"{target} wanted, the last change has to show first"
        slots = min(target, 2 * now + 1)
        return slots, replace(state, changed_s=at_s), f"{now} to {slots} of {wanted:.1f}"
    if lower < now and target <= SHRINK_SHARE * now:
        since_s = at_s if state.below_since_s is None else state.below_since_s
        state = replace(state, below_since_s=since_s)
        if at_s - since_s < options.shrink_after_s:
            return now, state, f"{lower} would be enough, for {at_s - since_s:.0f} s now"
        state = replace(state, below_since_s=None, changed_s=at_s)
        return lower, state, f"{now} to {lower}, all that {wanted:.1f} allow"
    return now, replace(state, below_since_s=None), f"{now} is near enough to {wanted:.1f}"
