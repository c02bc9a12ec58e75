"""From samples to a snapshot, and from decisions to what each worker is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.actuation import Actuator, assignment, divided
from controllers.policy.records import Binds, Decision, Snapshot
from controllers.sampling import Outcomes, snapshot_of
from tests.support.hosts import IDLE
from tests.support.samples import readings_of, sample_of
from videobatch.records import Counted, Reading, Sample
from videobatch.state.limit_views import LimitView

GIB = 1 << 30
HOST = replace(IDLE, cpu_fraction=0.5, memory_limit_bytes=16 * GIB, memory_used_bytes=4 * GIB)


def sample(worker: str = "w1", host_id: str = "h1", **changes: Any) -> Sample:
    return sample_of(worker, **{"host_id": host_id, "host": HOST, "busy_bytes": 2 * GIB} | changes)


def snapshot(readings: Mapping[str, Reading], **more: Any) -> Snapshot:
    return snapshot_of(readings, at_s=100.0, pending=5, outcomes=Outcomes(), **more)


def test_workers_of_one_host_are_added_up_and_their_host_is_read_once() -> None:
    busier = replace(HOST, cpu_fraction=0.9)
    found = snapshot(
        {
            "w1": Reading(sample("w1"), 2.0),
            "w2": Reading(sample("w2", host=busier), 0.5),
            "w3": Reading(sample("w3", "h2"), 1.0),
        }
    )
    first, second = found.hosts
    assert (first.host_id, second.host_id) == ("h1", "h2")
    assert (first.running, first.api, first.now, first.most) == (4, 2.0, 4, 16)
    assert first.task_bytes == GIB
    assert (first.cores, first.cpu_fraction, first.age_s) == (4.0, 0.9, 0.5)
    assert found.pending == 5


def test_calls_wait_for_others_where_as_many_are_out_as_may_be() -> None:
    rate = LimitView("a", 60.0, 0.0, in_flight=3, ceiling=8, waiting=1, gate_s=0.0)
    full = replace(rate, scope="b", in_flight=8, waiting=3)
    one = readings_of(sample())
    assert snapshot(one, limits=[rate, full]).in_flight_share == 0.75
    assert snapshot(one, limits=[rate]).in_flight_share == 0.0
    assert snapshot(one, limits=[replace(full, waiting=0)]).in_flight_share is None


def test_a_limit_of_the_user_is_the_memory_that_there_is() -> None:
    (host,) = snapshot(readings_of(sample()), memory_limit_bytes=8 * GIB).hosts
    assert host.memory_limit_bytes == 8 * GIB


def test_what_a_video_takes_is_not_known_where_none_runs_or_a_system_does_not_say() -> None:
    for changes in ({"running": 0}, {"busy_bytes": None}):
        (host,) = snapshot(readings_of(sample(**changes))).hosts
        assert host.task_bytes is None


def test_a_worker_of_an_older_version_keeps_its_slots() -> None:
    told = json.loads(sample().to_json())
    del told["most_slots"], told["slots_most"]
    old = readings_of(Sample.from_json(json.dumps(told)))
    (host,) = snapshot(old).hosts
    assert host.most == 2
    decision = Decision("h1", 2, Binds.CPU, "")
    assert assignment([decision], old) == {"w1": 2}


def test_outcomes_are_counted_over_a_minute_and_begin_anew_with_the_worker() -> None:
    outcomes = Outcomes()

    def seen(at_s: float, done: int, failed: int) -> None:
        counted = {Counted.VIDEOS_DONE: done, Counted.VIDEOS_FAILED: failed}
        outcomes.add(readings_of(sample(counted=counted)), at_s)

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
    readings = readings_of(sample("w1"), sample("w2"))
    remote = Remote()
    wanted = Actuator(remote).act([Decision("h1", slots, Binds.CPU, "")], readings, token=7)
    other = {worker: number for worker, number in sent.items() if number != 2}
    assert wanted == other
    assert remote.sent == ([("assign_slots", {"by_worker": other, "token": 7})] if other else [])
