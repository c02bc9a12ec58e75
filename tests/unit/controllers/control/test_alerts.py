"""Alerts on what workers do: told once, to log and stream, whatever became of a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from controllers.control.alerts import AlertWatch
from controllers.fleet.sampling import Sampling
from tests.support.controlled import Controlled
from tests.support.hosts import IDLE
from tests.support.keys import KEYS, PREFIX
from tests.support.samples import readings_of, sample_of
from videobatch.records import Counted, Sample
from videobatch.state.alerts import Alerts
from videobatch.state.store import Store


class Watched:
    """A watch whose seconds pass as fast as they are counted."""

    def __init__(self, world: Controlled) -> None:
        self.world = world
        self.alerts = Alerts(Store(world.client, PREFIX))
        self.watch = AlertWatch(self.alerts, world.views)
        self.sampling = Sampling(world.views)

    def look(self, *samples: Sample) -> None:
        """A second later."""
        self.world.pass_time(1.0)
        readings = readings_of(*samples)
        snapshot = self.sampling.snapshot(readings, [])
        self.watch.look(snapshot, readings, self.sampling.counters)

    def told(self) -> list[str]:
        return [alert.code for alert in self.alerts.recent(3600.0)]


@pytest.fixture
def watched(world: Controlled) -> Watched:
    return Watched(world)


def calling(worker: str, served: int, refused: int, took_ms: int = 0) -> Sample:
    counted = {
        Counted.CALLS_SERVED: served,
        Counted.CALLS_REFUSED: refused,
        Counted.CALLS_MS: took_ms,
    }
    return sample_of(worker, counted=counted)


@pytest.mark.parametrize(
    ("refused_each_s", "ms_each_s", "codes"),
    [(0, 1000, []), (1, 1000, ["api_errors_high"]), (0, 181_000, ["api_slow"])],
    ids=["all is well", "half are refused", "slow"],
)
def test_calls_that_fail_or_are_slow(
    watched: Watched, refused_each_s: int, ms_each_s: int, codes: Sequence[str]
) -> None:
    for second in range(90):
        watched.look(calling("w1", second, second * refused_each_s, second * ms_each_s))
    assert watched.told() == codes


def test_what_a_worker_counted_before_it_was_seen_raises_no_alert(watched: Watched) -> None:
    for second in range(90):
        steady = calling("w1", 100 + second, 0)
        # It comes late, and begins anew half a minute later.
        lived = second - 30 if second < 60 else second - 60
        other = calling("w2", lived, 1000 if 30 <= second < 60 else 0)
        watched.look(*([steady, other] if second >= 30 else [steady]))
    assert watched.told() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"disk_write_bytes_per_s": 200e6}, "disk_high"),
        ({"net_sent_bytes_per_s": 50e6}, "network_high"),
        ({"memory_used_bytes": IDLE.memory_limit_bytes}, "memory_high"),
    ],
)
def test_a_host_that_is_busier_than_it_should_be(
    watched: Watched, changes: dict[str, Any], code: str
) -> None:
    for _ in range(62):
        watched.look(sample_of(host=replace(IDLE, **changes)))
    assert watched.told() == [code]


def test_videos_that_wait_without_a_worker(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.world.add("v")
    for _ in range(32):
        watched.look()
    assert watched.told() == ["no_worker"]
    assert caplog.text.count("videos wait and no worker lives") == 1


@pytest.mark.parametrize(
    ("checked", "found", "codes"),
    [
        (40, 36, []),
        (40, 35, ["statements_low"]),
        (19, 3, []),
        (0, 0, []),
    ],
    ids=["just enough", "too few", "of too few", "none"],
)
def test_statements_that_are_not_found_in_their_videos(
    watched: Watched, checked: int, found: int, codes: Sequence[str]
) -> None:
    count(watched, checked, found)
    for _ in range(15):
        watched.look()
    assert watched.told() == codes


def test_it_is_over_halfway_back_and_told_of_recent_batches_alone(watched: Watched) -> None:
    count(watched, 100, 80)
    watched.look()
    count(watched, 200, 186)
    for _ in range(12):
        watched.look()
    assert watched.told() == ["statements_low"]
    count(watched, 400, 386)
    for _ in range(12):
        watched.look()
    assert watched.told() == ["statements_low"] * 2
    count(watched, 400, 100, ended_s=-4000.0)
    for _ in range(12):
        watched.look()
    assert watched.told() == ["statements_low"] * 2


def count(watched: Watched, checked: int, found: int, ended_s: float = 0.0) -> None:
    """The batch's sums, as its videos' ends leave them; the last one so long ago."""
    watched.world.add()
    ended_us = int(1e6 * (watched.world.views.now_s() + ended_s))
    for name, value in (("checked", checked), ("found", found), ("ended", ended_us)):
        watched.world.client.hset(KEYS.batch("b"), name, str(value))
