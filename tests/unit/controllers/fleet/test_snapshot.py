"""From readings to a snapshot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from controllers.fleet.counters import Counters
from controllers.fleet.snapshot import snapshot_of
from controllers.policy.records import Snapshot
from tests.support.hosts import IDLE
from tests.support.samples import readings_of, sample_of
from videobatch.records import Counted, Phase, Reading, Sample
from videobatch.state.limit_views import LimitView

GIB = 1 << 30
HOST = replace(IDLE, cpu_fraction=0.5, memory_limit_bytes=16 * GIB, memory_used_bytes=4 * GIB)


def sample(worker: str = "w1", host_id: str = "h1", **changes: Any) -> Sample:
    fields: dict[str, Any] = {"host_id": host_id, "host": HOST, "busy_bytes": 2 * GIB}
    return sample_of(worker, **fields | changes)


def snapshot(readings: Mapping[str, Reading], **more: Any) -> Snapshot:
    return snapshot_of(readings, at_s=100.0, pending=5, **{"counters": Counters()} | more)


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
    assert (first.running, first.api, first.slots, first.most_slots) == (4, 2.0, 4, 16)
    assert first.task_bytes == GIB
    assert (first.cores, first.cpu_fraction, first.age_s) == (4.0, 0.9, 0.5)
    assert found.pending == 5


def test_segments_at_the_recogniser_are_counted_for_each_host() -> None:
    phases = dict.fromkeys(Phase, 0.0) | {Phase.SPEECH: 3.0}
    found = snapshot(readings_of(sample("w1", phases=phases), sample("w2"), sample("w3", "h2")))
    assert [host.speech for host in found.hosts] == [3.0, 0.0]


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
    assert host.most_slots == 2


def test_rates_are_of_the_last_minute_and_of_the_host_alone() -> None:
    counters = Counters()

    def seen(at_s: float, done: int, failed: int) -> tuple[float | None, float | None]:
        counted = {Counted.VIDEOS_DONE: done, Counted.VIDEOS_FAILED: failed}
        readings = readings_of(sample("w1", counted=counted), sample("w2", "h2"))
        counters.note(readings, at_s)
        host, other = snapshot(readings, counters=counters).hosts
        assert (other.finished_per_s or 0.0, other.error_rate) == (0.0, None)
        return host.finished_per_s, host.error_rate

    assert seen(0.0, 10, 0) == (None, None)
    assert seen(10.0, 13, 1) == (0.4, 0.25)
    assert seen(65.0, 13, 1) == (0.0, None)
    # It started anew.
    assert seen(66.0, 0, 0) == (None, None)
    # Two readings at the same time have no rate.
    assert seen(66.0, 1, 0) == (None, 0.0)
