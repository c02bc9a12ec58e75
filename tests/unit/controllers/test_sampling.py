"""From samples to a snapshot, and from decisions to what each worker is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.actuation import Actuator, assignment, divided
from controllers.policy.records import Binds, Decision
from controllers.sampling import Outcomes, snapshot_of
from videobatch.state.limit_views import LimitView

GIB = 1 << 30
HOST = {
    "cpu_cores": 4.0,
    "cpu_fraction": 0.5,
    "memory_limit_bytes": 16 * GIB,
    "memory_used_bytes": 4 * GIB,
}


def sample(host: str = "h1", **changes: Any) -> dict[str, Any]:
    return {
        "host_id": host,
        "slots_wanted": 2,
        "slots_most": 8,
        "running": 2,
        "busy_bytes": 2 * GIB,
        "phases": {"cpu": 1, "api": 1, "limiter": 0, "io": 0},
        "counted": {"videos_done": 0, "videos_failed": 0},
        "host": HOST,
        **changes,
    }


def snapshot(samples: Mapping[str, tuple[dict[str, Any], float]], **more: Any) -> Any:
    return snapshot_of(samples, at_s=100.0, pending=5, outcomes=Outcomes(), **more)


def test_workers_of_one_host_are_added_up_and_their_host_is_read_once() -> None:
    busier = {**HOST, "cpu_fraction": 0.9}
    found = snapshot(
        {"w1": (sample(), 2.0), "w2": (sample(host="h1") | {"host": busier}, 0.5),
         "w3": (sample("h2"), 1.0)}
    )  # fmt: skip
    first, second = found.hosts
    assert (first.host_id, second.host_id) == ("h1", "h2")
    assert (first.running, first.api, first.now, first.most) == (4, 2.0, 4, 16)
    assert first.task_bytes == GIB
    assert (first.cores, first.cpu_fraction, first.age_s) == (4.0, 0.9, 0.5)
    assert found.pending == 5


def test_calls_wait_for_others_where_as_many_are_out_as_may_be() -> None:
    rate = LimitView("a", 60.0, 0.0, in_flight=3, ceiling=8, waiting=1, gate_s=0.0)
    full = replace(rate, scope="b", in_flight=8, waiting=3)
    one = {"w1": (sample(), 0.5)}
    assert snapshot(one, limits=[rate, full]).in_flight_share == 0.75
    assert snapshot(one, limits=[rate]).in_flight_share == 0.0
    assert snapshot(one, limits=[replace(full, waiting=0)]).in_flight_share is None


def test_a_limit_of_the_user_is_the_memory_that_there_is() -> None:
    (host,) = snapshot({"w1": (sample(), 0.5)}, memory_limit_bytes=8 * GIB).hosts
    assert host.memory_limit_bytes == 8 * GIB


def test_what_a_video_takes_is_not_known_where_none_runs_or_a_system_does_not_say() -> None:
    for changes in ({"running": 0}, {"busy_bytes": None}):
        (host,) = snapshot({"w1": (sample(**changes), 0.5)}).hosts
        assert host.task_bytes is None


def test_a_worker_of_an_older_version_keeps_its_slots() -> None:
    old = sample()
    del old["slots_most"]
    (host,) = snapshot({"w1": (old, 0.5)}).hosts
    assert host.most == 2
    decision = Decision("h1", 2, Binds.CPU, "")
    assert assignment([decision], {"w1": (old, 0.5)}) == {"w1": 2}


def test_outcomes_are_counted_over_a_minute_and_begin_anew_with_the_worker() -> None:
    outcomes = Outcomes()

    def seen(at_s: float, done: int, failed: int) -> None:
        counted = {"videos_done": done, "videos_failed": failed}
        outcomes.add({"w1": (sample(counted=counted), 0.5)}, at_s)

    seen(0.0, 10, 0)
    assert outcomes.of(["w1"]) == (None, None)
    seen(10.0, 13, 1)
    assert outcomes.of(["w1"]) == (0.4, 0.25)
    seen(65.0, 13, 1)
    assert outcomes.of(["w1"]) == (0.0, None)
    seen(66.0, 0, 0)
    assert outcomes.of(["w1"]) == (None, None)
    outcomes.add({}, 67.0)
    assert outcomes.of(["w1"]) == (None, None)


@given(st.integers(0, 300), st.lists(st.integers(0, 64), max_size=12))
def test_slots_are_divided_evenly_and_none_is_lost(slots: int, most: list[int]) -> None:
    parts = divided(slots, most)
    assert sum(parts) == min(slots, sum(most))
    assert all(part <= limit for part, limit in zip(parts, most, strict=True))
    open_parts = [part for part, limit in zip(parts, most, strict=True) if part < limit]
    assert not open_parts or max(parts) - min(open_parts) <= 1


class Remote:
    def __init__(self) -> None:
        self.sent: list[tuple[str, Mapping[str, object]]] = []

    def broadcast(self, command: str, arguments: Mapping[str, object]) -> None:
        self.sent.append((command, arguments))


@pytest.mark.parametrize(
    ("slots", "sent"), [(5, {"w1": 3, "w2": 2}), (4, {}), (16, {"w1": 8, "w2": 8})]
)
def test_only_those_are_told_whose_number_is_another(slots: int, sent: dict[str, int]) -> None:
    samples = {"w1": (sample(), 0.5), "w2": (sample(), 0.5)}
    remote = Remote()
    wanted = Actuator(remote).act([Decision("h1", slots, Binds.CPU, "")], samples, token=7)
    other = {worker: number for worker, number in sent.items() if number != 2}
    assert wanted == other
    assert remote.sent == ([("assign_slots", {"by_worker": other, "token": 7})] if other else [])
