"""Rules for the concurrency: the product's own, and those that it is compared with.

A rule is asked once a second for a host's slots. All have the product's limiter in front of the
provider; admission by memory is the product's alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from controllers.policy import decide
from controllers.policy.records import HostSnapshot, Options, PolicyState, Snapshot

MOST = 32
Rule = Callable[[HostSnapshot, float], int]


@dataclass(slots=True)
class Ours:
    """A policy of the product, asked as the controller asks it."""

    policy: str
    options: Options
    state: PolicyState

    def __call__(self, host: HostSnapshot, at_s: float) -> int:
        (decision,), self.state = decide(
            self.policy, Snapshot(at_s, 1000, (host,)), self.state, self.options
        )
        return decision.slots


def ours(policy: str, **options: float) -> Rule:
    return Ours(policy, Options(**options), PolicyState())  # type: ignore[arg-type]


def fixed(slots: int) -> Rule:
    return lambda _host, _at_s: slots


def celery_autoscaler(host: HostSnapshot, at_s: float) -> int:
    """Celery's own, `--autoscale=32,2`: it sees the queue, which is never empty here."""
    del host, at_s
    return MOST


def aimd() -> Rule:
    """One more every 5 s; to 0.7 where calls take twice their least or memory passes 0.90."""
    state = {"at_s": -5.0, "least": float("inf")}

    def rule(host: HostSnapshot, at_s: float) -> int:
        if at_s - state["at_s"] < 5.0:
            return host.slots
        state["at_s"] = at_s
        # What a video in hand waits, by Little's law; the latency itself is not measured.
        per_video = host.running / host.finished_per_s if host.finished_per_s else None
        if per_video is not None:
            state["least"] = min(state["least"], per_video)
        slow = per_video is not None and per_video > 4 * state["least"]
        full = host.memory_used_bytes > 0.90 * host.memory_limit_bytes
        return max(1, int(host.slots * 0.7)) if slow or full else min(MOST, host.slots + 1)

    return rule


def pid() -> Rule:
    """To CPU 0.80 and memory 0.80, whichever is nearer: proportional and integral."""
    state = {"sum": 0.0, "at_s": -2.0, "slots": 4.0}

    def rule(host: HostSnapshot, at_s: float) -> int:
        if at_s - state["at_s"] < 2.0:
            return host.slots
        state["at_s"] = at_s
        error = min(0.8 - host.cpu_fraction, 0.8 - host.memory_used_bytes / host.memory_limit_bytes)
        state["sum"] = max(-5.0, min(5.0, state["sum"] + error))
        state["slots"] = max(1.0, min(MOST, state["slots"] + 4.0 * error + 0.3 * state["sum"]))
        return round(state["slots"])

    return rule
