"""The concurrency by rule, in a seeded simulation, beside the best fixed number and other rules.

Nothing here is measured on this machine: benchmarks/simulation has the model. Its figures are the
same in every run and on every machine.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence

from benchmarks.figures import Figure
from benchmarks.simulation.run import LITTLE, RULES, SEEDS, Row, all_rows, cpu_at_target, shown
from benchmarks.suite import Effort, alone

NEAR = 0.05
TARGET = 0.8


def measure(effort: Effort) -> list[Figure]:
    """Work done as a share of the best fixed number's; prints the tables as well."""
    seeds = effort.rounds(SEEDS)
    named, by_lot = all_rows(seeds)
    print(shown(named, by_lot), file=sys.stderr)
    note = f"simulated, {len(named)} workloads, median of {seeds} seeds"
    lots = f"simulated, {len(by_lot)} workloads by lot, median of {seeds} seeds"
    found = [
        *(
            figure
            for rows, where, about in ((named, "", note), (by_lot, ", by lot", lots))
            for figure in _shares(rows, where, about)
        ),
        Figure("kills for memory under little", _kills([*named, *by_lot]), "", 0, note),
    ]
    cpu = cpu_at_target(TARGET, seeds)
    return [
        *found,
        Figure("CPU off its target of 0.8", abs(cpu - TARGET), "", NEAR, "simulated, 8 cores"),
    ]


def _shares(rows: Sequence[Row], where: str, note: str) -> list[Figure]:
    figures = []
    for name in RULES:
        shares = [100 * row.shares[name] for row in rows]
        least = {"mean": 100.0, "worst": 95.0} if name == LITTLE else {}
        figures += [
            Figure(
                f"{name}, mean{where}", statistics.fmean(shares), "%", least.get("mean"), note, True
            ),
            Figure(f"{name}, worst{where}", min(shares), "%", least.get("worst"), note, True),
        ]
    return figures


def _kills(rows: Sequence[Row]) -> int:
    return sum(row.kills[LITTLE] for row in rows)


if __name__ == "__main__":
    alone("policies", measure, __doc__)
