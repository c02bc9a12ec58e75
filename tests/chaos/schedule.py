"""What is killed, and when: a list of faults drawn from a seed."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Whom it hits, and how."""

    CHILD = "pool child, kill -9"
    WORKER = "worker main, kill -9"
    CONTROLLER = "controller, kill -9"
    REDIS = "Redis, kill -9"
    CLI = "following CLI, kill -9"
    REDIS_RESTART = "Redis, restart"
    WORKER_STOP = "worker, SIGSTOP for 20 s"


KILLS = {Fault.CHILD: 40, Fault.WORKER: 20, Fault.CONTROLLER: 15, Fault.REDIS: 15, Fault.CLI: 10}


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens: of each, how many."""

    seed: int
    kills: int
    redis_restarts: int
    worker_stops: int
    timed_children: int
    timed_workers: int


def size_of_run() -> Size:
    """As `VIDEOBATCH_CHAOS_SEED` and `VIDEOBATCH_CHAOS_KILLS` say; 15 kills by default, the
    short form. From 100 kills on a quarter as many restarts of Redis, and stopped workers."""
    kills = int(os.environ.get("VIDEOBATCH_CHAOS_KILLS") or 15)
    seed = os.environ.get("VIDEOBATCH_CHAOS_SEED")
    is_long = kills >= 100
    return Size(
        seed=int(seed) if seed else random.SystemRandom().randrange(10**6),
        kills=kills,
        redis_restarts=kills // 4 if is_long else 2,
        worker_stops=kills // 100,
        timed_children=60 if is_long else 6,
        timed_workers=30 if is_long else 3,
    )


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault, and how long after a video was seen to run."""

    fault: Fault
    after_s: float


def plan(size: Size, rng: random.Random) -> list[Planned]:
    """Every kind comes at least once where there are kills enough; the order is drawn."""
    faults = list(KILLS)[: size.kills]
    faults += rng.choices(list(KILLS), list(KILLS.values()), k=size.kills - len(faults))
    faults += [Fault.REDIS_RESTART] * size.redis_restarts
    faults += [Fault.WORKER_STOP] * size.worker_stops
    rng.shuffle(faults)
    return [Planned(fault, rng.uniform(0.1, 2.0)) for fault in faults]
