"""A host as `top` shows it: from the controller's last round and its workers' readings."""

from __future__ import annotations

from dataclasses import replace

from cli.fleet.top import _host, _words
from controllers.policy.records import Binds, Decision, HostSnapshot
from tests.support.hosts import IDLE
from tests.support.samples import readings_of, sample_of
from videobatch.records import SpeechReading

HOST = HostSnapshot(
    "h1", 0.5, 4, 0.9, 16e9, 4e9, 6, 3.0, 2.0, 1.0, 0.0, 3e8, most_slots=32, slots=6
)
BUSY = replace(
    IDLE, disk_read_bytes_per_s=1e6, disk_write_bytes_per_s=2e6, net_sent_bytes_per_s=4e6
)


def test_a_host_bears_the_names_of_now_and_those_of_before() -> None:
    decision = Decision("h1", 8, Binds.CPU, "6 to 8 of 8.4")
    speech = SpeechReading(
        7, threads=2, waiting=3, busy=2, sound_s=60.0, sound_per_s=20.5, stills=9
    )
    alive = readings_of(sample_of("w1", host=BUSY, speech=speech), sample_of("w2", host_id="h2"))
    made = _host(HOST, decision, alive)
    told = made.model_dump(mode="json")
    assert (told["workers"], told["slots"], told["most_slots"], told["slots_most"]) == (
        1,
        8,
        32,
        32,
    )
    assert (told["binds"], told["why"], told["reason"]) == (
        "cpu", "6 to 8 of 8.4", "cpu: 6 to 8 of 8.4",
    )  # fmt: skip
    assert (told["disk_bytes_per_s"], told["net_bytes_per_s"]) == (3e6, 4e6)
    assert told["recogniser"]["waiting"] == 3
    assert told["recogniser"]["stills"] == 9
    queue = "3 segments or stills waiting"
    assert f"2 of 2 threads busy, {queue}, 20 s of sound a second" in _words(made)
    assert "; 6 to 8 of 8.4; more by more cores or machines" in _words(made)


def test_a_host_without_a_decision_and_without_a_worker_that_speaks() -> None:
    made = _host(HOST, None, {})
    assert (made.slots, made.why, made.reason, made.disk_bytes_per_s) == (6, None, None, 0.0)
    assert made.recogniser is None
    assert "more by" not in _words(made)
    assert "recogniser" not in _words(made)
