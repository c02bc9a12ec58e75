"""Readings by host."""

from __future__ import annotations

from controllers.fleet.readings import by_host, newest
from tests.support.samples import sample_of
from videobatch.records import Reading


def test_workers_stand_with_their_host_in_the_order_of_their_names() -> None:
    readings = {
        "w2": Reading(sample_of("w2"), 0.5),
        "w3": Reading(sample_of("w3", host_id="h2"), 0.1),
        "w1": Reading(sample_of("w1"), 2.0),
    }
    hosts = by_host(readings)
    assert {host: list(workers) for host, workers in hosts.items()} == {
        "h1": ["w1", "w2"],
        "h2": ["w3"],
    }
    assert newest(hosts["h1"]).sample.worker == "w2"
    assert by_host({}) == {}
