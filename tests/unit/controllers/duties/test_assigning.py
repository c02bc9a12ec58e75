"""A round of control: decided, told, recorded by the leader, and gone on with by the next one."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

import pytest

from controllers.control.actuation import Actuator
from controllers.duties.assigning import Assigning
from controllers.duties.duty import Round
from controllers.fleet.sampling import Sampling
from controllers.policy.records import Options, Tick
from tests.support.controlled import Controlled
from tests.support.keys import PREFIX
from tests.support.samples import readings_of, sample_of
from videobatch.state.control import ControlStore
from videobatch.state.store import Store

READINGS = readings_of(sample_of("w1"), sample_of("w2"))


class Remote:
    def __init__(self) -> None:
        self.sent: list[Mapping[str, object]] = []

    def broadcast(self, command: str, arguments: Mapping[str, object]) -> None:
        assert command == "assign_slots"
        self.sent.append(arguments)


def assigning(world: Controlled, remote: Remote, slots: int = 5) -> Assigning:
    return Assigning(
        "fixed",
        Options(fixed=slots),
        Sampling(world.views),
        ControlStore(Store(world.client, PREFIX)),
        Actuator(remote),
    )


def test_a_round_is_told_recorded_and_said_when_it_changes_something(
    world: Controlled, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    remote = Remote()
    duty, token = assigning(world, remote), world.ledger.lead("c1", 60.0)
    for _ in range(2):
        now = Round(token, READINGS, slots=4)
        duty.run(now)
        assert now.slots == 5, "the window holds as many as are decided"
        assert [(d.host_id, d.slots, d.reason) for d in now.decisions] == [("h1", 5, "fixed")]
    assert remote.sent == [{"by_worker": {"w1": 3}, "token": token}] * 2
    assert [text for text in caplog.messages if "slots" in text] == ["h1: 5 slots (rule: fixed)"]
    (news,) = [json.loads(text) for text in duty.store.decisions(10)]
    assert (news["host"], news["slots"], news["before"], news["running"]) == ("h1", 5, 4, 4)
    assert (news["binds"], news["reason"]) == ("rule", "fixed")
    first, second = map(Tick.from_json, duty.store.ticks())
    assert first.decisions == second.decisions == duty.decisions
    assert (first.state is not None, second.state) == (True, None)


def test_the_window_never_falls_below_what_workers_were_told(world: Controlled) -> None:
    now = Round(world.ledger.lead("c1", 60.0), READINGS, slots=4)
    assigning(world, Remote(), slots=1).run(now)
    assert now.slots == 4


def test_one_that_leads_no_more_records_nothing(world: Controlled) -> None:
    duty, token = assigning(world, Remote()), world.ledger.lead("c1", 60.0)
    world.ledger.resign("c1")
    assert world.ledger.lead("c2", 60.0)
    now = Round(token, READINGS)
    duty.run(now)
    assert (now.decisions, duty.store.ticks(), duty.store.state()) == ((), [], None)


def test_the_next_leader_goes_on_from_the_state(
    world: Controlled, caplog: pytest.LogCaptureFixture
) -> None:
    token = world.ledger.lead("c1", 60.0)
    assigning(world, Remote()).run(Round(token, READINGS))
    after = assigning(world, Remote())
    after.follow_on()
    after.run(Round(token, READINGS))
    *_, last = map(Tick.from_json, after.store.ticks())
    assert last.state is not None
    assert last.state.hosts["h1"].slots == 5
    # One that cannot be read holds nobody up.
    assert after.store.record(token, "what is this", "{}", [])
    after.follow_on()
    assert "cannot be read; starting anew" in caplog.text
    after.run(Round(token, READINGS))
