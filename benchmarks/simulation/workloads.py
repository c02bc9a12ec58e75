"""The work of the simulated fleet: kinds of videos, and a provider."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

MB, GB = 1e6, 1e9
# The sigma of the log-normal factor between a video's memory and what was expected of it.
SURPRISE = 0.15


@dataclass(frozen=True, slots=True)
class Provider:
    """The API: a call takes `latency_s`, longer by `slope` for each knee's worth of calls beyond
    the knee; `per_min` calls are allowed after a burst, at most `ceiling` are in flight. In
    `outages` (from, to; s) half of the calls fail."""

    latency_s: float = 4.0
    knee: int = 400
    slope: float = 1.0
    per_min: float = 1e6
    burst: float = 20.0
    ceiling: int = 400
    outages: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """Videos of one kind. `calls` calls alternate with `cpu_s` of computing in as many parts;
    `io_s` of writing ends it. All are means; `spread` is the sigma of their log-normal factor,
    and with `tail` that factor is a Pareto one."""

    cpu_s: float
    calls: int
    io_s: float = 0.5
    memory: float = 300 * MB
    spread: float = 0.3
    tail: float | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """`kinds` with the time from which on new videos are of that kind."""

    name: str
    kinds: tuple[tuple[float, Kind], ...]
    provider: Provider = Provider()

    def kind(self, at_s: float) -> Kind:
        return [kind for from_s, kind in self.kinds if from_s <= at_s][-1]


@dataclass(frozen=True, slots=True)
class Video:
    """Its parts in order: (phase, seconds of work), a call's being its share of the latency.
    `expected` is the memory that its metadata (size, resolution) let expect."""

    parts: tuple[tuple[str, float], ...]
    memory: float
    expected: float
    weight: float


def video_of(kind: Kind, luck: random.Random, latency_s: float) -> Video:
    """A video of that kind; its weight is what it would take alone, in seconds."""
    if kind.tail is not None:
        factor = min(20.0, luck.paretovariate(kind.tail) * (kind.tail - 1) / kind.tail)
    else:
        factor = luck.lognormvariate(-(kind.spread**2) / 2, kind.spread)
    calls = max(1, round(kind.calls * factor)) if kind.calls else 0
    pieces = calls + 1
    parts: list[tuple[str, float]] = []
    for piece in range(pieces):
        parts.append(("cpu", kind.cpu_s * factor / pieces * luck.uniform(0.6, 1.4)))
        if piece < calls:
            parts.append(("api", luck.uniform(0.7, 1.3)))
    parts.append(("io", kind.io_s))
    expected = kind.memory * luck.lognormvariate(-(kind.spread**2) / 2, kind.spread)
    memory = expected * luck.lognormvariate(-(SURPRISE**2) / 2, SURPRISE)
    weight = sum(work * (latency_s if phase == "api" else 1.0) for phase, work in parts)
    return Video(tuple(parts), memory, expected, weight)


CPU = Kind(cpu_s=20.0, calls=1)
API = Kind(cpu_s=2.0, calls=8)
BALANCED = Kind(cpu_s=8.0, calls=4)
LARGE = Kind(cpu_s=8.0, calls=6, memory=2200 * MB)

NAMED: Mapping[str, Workload] = {
    each.name: each
    for each in (
        Workload("cpu", ((0.0, CPU),)),
        Workload("api", ((0.0, API),), Provider(latency_s=6.0, knee=40, ceiling=64)),
        Workload("balanced", ((0.0, BALANCED),)),
        Workload("memory", ((0.0, LARGE),)),
        Workload("quota", ((0.0, BALANCED),), Provider(per_min=120.0)),
        Workload(
            "error-burst",
            ((0.0, BALANCED),),
            Provider(outages=((100.0, 130.0), (300.0, 330.0), (450.0, 460.0))),
        ),
        Workload("shifting", ((0.0, CPU), (200.0, API), (400.0, LARGE))),
        Workload("heavy-tail", ((0.0, replace(BALANCED, tail=1.6)),)),
    )
}


def drawn(seed: int) -> Workload:
    """A workload by lot. No rule and no constant here was fitted to any of them."""
    luck = random.Random(f"workload {seed}")
    kind = Kind(
        cpu_s=luck.uniform(1.0, 25.0),
        calls=luck.randrange(10),
        io_s=luck.uniform(0.1, 2.0),
        memory=luck.choice((200, 400, 800, 1600)) * MB,
        spread=luck.uniform(0.1, 0.7),
    )
    provider = Provider(
        latency_s=luck.uniform(1.0, 12.0),
        knee=luck.randrange(10, 80),
        slope=luck.uniform(0.3, 2.0),
        per_min=luck.choice((60.0, 180.0, 600.0, 1e6)),
        ceiling=luck.choice((24, 48, 400)),
    )
    return Workload(f"random {seed}", ((0.0, kind),), provider)
