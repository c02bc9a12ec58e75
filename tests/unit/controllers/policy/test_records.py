"""What stands in Redis and in records of rounds is read, whichever version wrote it."""

from __future__ import annotations

import json
from pathlib import Path

from controllers.policy.records import Binds, Decision, HostSnapshot, Options, Snapshot, Tick
from controllers.replay import replay
from videobatch.records import to_json

# Written by a version whose reasons began with what binds; one round a line.
RECORDED = Path(__file__).parent / "recorded_before.jsonl"


def test_a_tick_has_the_names_that_readers_of_every_version_use() -> None:
    host = HostSnapshot("h", 0.5, 4, 0.9, 16e9, 4e9, 6, 3, 2, 1, 0, 3e8, most_slots=32, slots=6)
    decision = Decision("h", 8, Binds.CPU, "6 to 8 of 8.4")
    tick = Tick("little", Options(), Snapshot(1.0, 9, (host,)), (decision,))
    (seen,) = json.loads(to_json(tick))["snapshot"]["hosts"]
    assert (seen["most"], seen["now"]) == (32, 6)
    assert Tick.from_json(to_json(tick)) == tick


def test_what_an_older_version_recorded_is_decided_again_the_same() -> None:
    lines = RECORDED.read_text("utf-8").splitlines()
    assert any('"reason":"cpu: ' in line for line in lines)
    ticks = [Tick.from_json(line) for line in lines]
    assert not any(": " in each.reason for tick in ticks for each in tick.decisions)
    rounds = list(replay(ticks))
    assert len(rounds) == len(lines)
    assert all(each.is_same for each in rounds)
