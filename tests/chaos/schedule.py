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
    REDIS_ROLLBACK = "Redis, kill -9, with the data of a second ago"
    READ_ONLY = "Redis refuses writes (READONLY)"
    NO_REPLICAS = "Redis refuses writes (NOREPLICAS)"
    CHILD_STOP = "pool child, SIGSTOP"
    MAIN_STOP = "worker main alone, SIGSTOP"
    WORKER_STOP = "worker with its children, SIGSTOP"
    CONTROLLER_STOP = "controller, SIGSTOP"
    REDIS_STOP = "Redis, SIGSTOP"
    CLI_STOP = "following CLI, SIGSTOP"


STOPS = (
    Fault.CHILD_STOP,
    Fault.MAIN_STOP,
    Fault.WORKER_STOP,
    Fault.CONTROLLER_STOP,
    Fault.REDIS_STOP,
    Fault.CLI_STOP,
)
PHASES = (Fault.READ_ONLY, Fault.NO_REPLICAS)
# From so many on it is the long form.
LONG_KILLS = 100
KILLS = {Fault.CHILD: 40, Fault.WORKER: 20, Fault.CONTROLLER: 15, Fault.REDIS: 15, Fault.CLI: 10}


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens: of each, how many."""

    seed: int
    kills: int
    redis_restarts: int
    rollbacks: int
    phases: int
    stops: int
    longest_stop_s: float
    supervisor_kills: int
    timed_children: int
    timed_workers: int

    @property
    def is_long(self) -> bool:
        return self.kills >= LONG_KILLS


def size_of_run() -> Size:
    """As `VIDEOBATCH_CHAOS_SEED` and `VIDEOBATCH_CHAOS_KILLS` say; 15 kills by default, the
    short form: each other kind once, and short. From 100 kills on a quarter as many restarts of
    Redis, a tenth as many rollbacks and phases of each kind, a twentieth stops of each kind."""
    kills = int(os.environ.get("VIDEOBATCH_CHAOS_KILLS") or 15)
    seed = os.environ.get("VIDEOBATCH_CHAOS_SEED")
    is_long = kills >= LONG_KILLS
    return Size(
        seed=int(seed) if seed else random.SystemRandom().randrange(10**6),
        kills=kills,
        redis_restarts=kills // 4 if is_long else 2,
        rollbacks=kills // 10 if is_long else 1,
        phases=kills // 10 if is_long else 1,
        stops=kills // 20 if is_long else 1,
        longest_stop_s=20.0 if is_long else 4.0,
        supervisor_kills=kills // 20 if is_long else 1,
        timed_children=60 if is_long else 6,
        timed_workers=30 if is_long else 3,
    )


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault, how long after a video was seen to run, and how long it lasts where it does."""

    fault: Fault
    after_s: float
    lasts_s: float


def plan(size: Size, rng: random.Random) -> list[Planned]:
    """Every kind comes at least once where there are kills enough; the order is drawn."""
    faults = list(KILLS)[: size.kills]
    faults += rng.choices(list(KILLS), list(KILLS.values()), k=size.kills - len(faults))
    faults += [Fault.REDIS_RESTART] * size.redis_restarts
    faults += [Fault.REDIS_ROLLBACK] * size.rollbacks
    faults += [*PHASES] * size.phases
    faults += [*STOPS] * size.stops
    rng.shuffle(faults)
    return [
        Planned(fault, rng.uniform(0.1, 2.0), rng.uniform(1.0, size.longest_stop_s))
        for fault in faults
    ]
