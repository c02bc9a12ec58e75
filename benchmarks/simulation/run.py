"""Runs rules on workloads, and compares each with the best fixed number.

python -m benchmarks.simulation.run [--seeds 5] [--json] [--quick]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise

from benchmarks.simulation import rivals
from benchmarks.simulation.plant import STEP_S, Host, Plant
from benchmarks.simulation.workloads import GB, NAMED, Workload, drawn

HORIZON_S = 600.0
RANDOM = 12
SEEDS = 5
FIXED = (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32)
LITTLE, ORACLE = "little", "best fixed"

RULES: Mapping[str, tuple[Callable[[], rivals.Rule], bool]] = {
    LITTLE: (partial(rivals.ours, "little"), True),
    "fixed 4": (partial(rivals.fixed, 4), False),
    "Celery's autoscaler": (lambda: rivals.celery_autoscaler, False),
    "threshold": (partial(rivals.ours, "threshold"), False),
    "AIMD": (rivals.aimd, False),
    "PID": (rivals.pid, False),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run: work done per second, kills for want of memory, and the mean CPU and slots."""

    work_per_s: float
    kills: int
    cpu: float
    converged_s: float
    reversals: int


def simulate(
    workload: Workload,
    rule: Callable[[], rivals.Rule],
    seed: int,
    *,
    admits: bool,
    hosts: int = 2,
    cores: float = 4.0,
    memory: float = 16 * GB,
    horizon_s: float = HORIZON_S,
) -> Outcome:
    """One run. Deterministic: equal arguments give equal outcomes."""
    plant = Plant(workload, seed, [Host(n, cores, memory) for n in range(hosts)], admits=admits)
    rules = [rule() for _ in range(hosts)]
    every = round(1 / STEP_S)
    cpu: list[float] = []
    slots: list[int] = []
    for step in range(round(horizon_s / STEP_S)):
        plant.step()
        if (step + 1) % every == 0:
            for host, each in zip(plant.hosts, rules, strict=True):
                seen = plant.snapshot(host, 1.0)
                cpu.append(seen.cpu_fraction)
                plant.tell(host, each(seen, plant.now_s))
            slots.append(plant.hosts[0].told)
    return Outcome(
        plant.work / horizon_s,
        plant.kills,
        statistics.fmean(cpu[len(cpu) // 4 :]),
        _converged(slots),
        _reversals(slots),
    )


def _converged(slots: Sequence[int]) -> float:
    """The seconds after which the slots first come within a fifth of what they are in the end."""
    final = statistics.fmean(slots[len(slots) // 2 :])
    return float(next(n for n, each in enumerate(slots) if abs(each - final) <= max(1, final / 5)))


def _reversals(slots: Sequence[int]) -> int:
    steps = [b - a for a, b in pairwise(slots) if b != a]
    return sum(a * b < 0 for a, b in pairwise(steps))


@dataclass(frozen=True, slots=True)
class Row:
    """Medians over the seeds of one workload: work as a share of the best fixed number's."""

    workload: str
    best_fixed: int
    shares: Mapping[str, float]
    kills: Mapping[str, int]
    converged_s: Mapping[str, float]


def compare(workload: Workload, seeds: int = SEEDS) -> Row:
    """All rules on one workload."""
    runs: dict[str, list[Outcome]] = {
        name: [simulate(workload, rule, seed, admits=admits) for seed in range(seeds)]
        for name, (rule, admits) in RULES.items()
    }
    swept = {
        slots: statistics.median(
            simulate(workload, partial(rivals.fixed, slots), seed, admits=False).work_per_s
            for seed in range(seeds)
        )
        for slots in FIXED
    }
    best = max(swept, key=lambda slots: swept[slots])
    return Row(
        workload.name,
        best,
        {
            name: statistics.median(each.work_per_s for each in found) / swept[best]
            for name, found in runs.items()
        },
        {name: sum(each.kills for each in found) for name, found in runs.items()},
        {
            name: statistics.median(each.converged_s for each in found)
            for name, found in runs.items()
        },
    )


def all_rows(seeds: int = SEEDS, *, processes: int = 2) -> tuple[list[Row], list[Row]]:
    """The rows of the named and of the random workloads."""
    workloads = [*NAMED.values(), *(drawn(seed) for seed in range(RANDOM))]
    with ProcessPoolExecutor(processes) as pool:
        rows = list(pool.map(partial(compare, seeds=seeds), workloads))
    return rows[: len(NAMED)], rows[len(NAMED) :]


def cpu_at_target(target: float, seeds: int = SEEDS) -> float:
    """The mean CPU on one host of 8 cores with that target, while the CPU binds."""
    rule = partial(rivals.ours, "little", cpu_target=target)
    return statistics.median(
        simulate(NAMED["cpu"], rule, seed, admits=True, hosts=1, cores=8.0).cpu
        for seed in range(seeds)
    )


def shown(named: Sequence[Row], by_lot: Sequence[Row]) -> str:
    """A Markdown table of each, and one of all."""
    lines = []
    for rows, title in ((named, "workload"), (by_lot, "by lot")):
        lines += [f"| {title} | best N | {' | '.join(RULES)} |", "|---" * (len(RULES) + 2) + "|"]
        lines += [
            f"| {row.workload} | {row.best_fixed} | "
            + " | ".join(f"{100 * row.shares[name]:.1f}" for name in RULES)
            + " |"
            for row in rows
        ]
        for how, pick in (("mean", statistics.fmean), ("worst", min)):
            picked = (100 * pick([row.shares[name] for row in rows]) for name in RULES)
            lines.append(f"| **{how}** | | {' | '.join(f'**{each:.1f}**' for each in picked)} |")
        kills = (str(sum(row.kills[name] for row in rows)) for name in RULES)
        lines.append(f"| kills for memory | | {' | '.join(kills)} |")
        late = (f"{max(row.converged_s[name] for row in rows):.0f}" for name in RULES)
        lines += [f"| converged, s, at most | | {' | '.join(late)} |", ""]
    return "\n".join(lines)


def main() -> int:
    """Exit code 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    named, by_lot = all_rows(chosen.seeds)
    if chosen.json:
        rows = [asdict(row) for row in (*named, *by_lot)]
        print(json.dumps({"rows": rows, "cpu_at_0.8": cpu_at_target(0.8)}, indent=2))
    else:
        print(shown(named, by_lot))
        print(f"CPU at a target of 0.80 on one host of 8 cores: {cpu_at_target(0.8):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
