"""The simulated fleet: it is repeatable, keeps its books, and shows what it is there to show."""

from __future__ import annotations

from functools import partial

import pytest

from benchmarks.simulation import rivals
from benchmarks.simulation.plant import STEP_S, Host, Plant
from benchmarks.simulation.run import LITTLE, RULES, compare, cpu_at_target, simulate
from benchmarks.simulation.workloads import CPU, GB, NAMED, Provider, Workload, drawn

SHORT_S = 200.0


def test_equal_runs_have_equal_outcomes_and_other_seeds_others() -> None:
    rule, admits = RULES[LITTLE]
    outcomes = [
        simulate(NAMED["balanced"], rule, seed, admits=admits, horizon_s=SHORT_S)
        for seed in (1, 1, 2)
    ]
    assert outcomes[0] == outcomes[1] != outcomes[2]
    assert drawn(3) == drawn(3) != drawn(4)


def test_cores_do_no_more_than_they_can() -> None:
    plant = Plant(Workload("only CPU", ((0.0, CPU),)), 0, [Host(0, 4.0, 16 * GB)])
    for _ in range(round(SHORT_S / STEP_S)):
        before = plant.work
        plant.step()
        # Four cores, and what a call or a writing video counts beside them.
        others = sum(each.phase != "cpu" for each in plant.hosts[0].running)
        assert plant.work - before <= (4.0 + 4.0 * others + 1.0) * STEP_S + 1e-9


@pytest.mark.parametrize("slots", [4, 32])
def test_the_quota_is_never_overdrawn(slots: int) -> None:
    workload = Workload("quota", NAMED["api"].kinds, Provider(per_min=60.0, burst=5.0))
    plant = Plant(workload, 0, [Host(0, 4.0, 64 * GB)])
    plant.tell(plant.hosts[0], slots)
    for _ in range(round(SHORT_S / STEP_S)):
        plant.step()
    assert plant.calls <= 5 + SHORT_S
    # With more slots than the quota feeds, nothing of it is left unused.
    assert plant.calls >= (0.95 * SHORT_S if slots == 32 else 10)


def test_without_admission_memory_kills_and_with_it_not() -> None:
    rule = partial(rivals.fixed, 16)
    kills = [
        simulate(NAMED["memory"], rule, 0, admits=admits, horizon_s=SHORT_S).kills
        for admits in (False, True)
    ]
    assert kills[0] > 10
    assert kills[1] == 0


@pytest.mark.parametrize("name", ["cpu", "balanced", "memory"])
def test_little_is_as_good_as_the_best_fixed_number(name: str) -> None:
    row = compare(NAMED[name], seeds=1)
    assert row.shares[LITTLE] >= 0.95
    assert row.shares[LITTLE] > row.shares["threshold"]
    assert row.kills[LITTLE] == 0


def test_a_target_for_the_cpu_is_kept() -> None:
    assert abs(cpu_at_target(0.8, seeds=1) - 0.8) < 0.05
