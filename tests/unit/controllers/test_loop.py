"""The controller's loop: one leads and runs what is due, and an outage is survived."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from controllers import loop
from controllers.duties.duty import Duty, Round
from controllers.duties.leading import Leading
from controllers.loop import Controller
from controllers.policy.records import Binds, Decision
from tests.support.controlled import Controlled
from tests.support.keys import PREFIX
from tests.support.waiting import wait_for
from videobatch.errors import LedgerError
from videobatch.state.ledger import Ledger
from videobatch.state.store import Store

SOON_S = 300.0
DECISION = Decision("h", 3, Binds.CPU, "as many as there are cores")


@dataclass
class Noted:
    """A duty that notes when it was run, and may break."""

    name: str
    ran: list[str]
    due_s: float = 0.0
    error: Exception | None = None
    decisions: tuple[Decision, ...] = ()
    tokens: list[int] = field(default_factory=list)

    def run(self, now: Round) -> None:
        if self.error is not None:
            raise self.error
        self.ran.append(self.name)
        self.tokens.append(now.token)
        now.decisions = self.decisions


def controller_of(world: Controlled, duties: Sequence[Duty], name: str = "c1") -> Controller:
    return Controller(Leading(name, world.ledger), duties)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Controlled:
    """One whose clock goes on: threads lead here, for as long as a lease lasts."""
    return Controlled(monkeypatch, runs=True)


# One round.


def test_the_leader_runs_its_duties_in_their_order_and_only_those_that_are_due(
    world: Controlled,
) -> None:
    ran: list[str] = []
    first, second, third = (Noted(name, ran) for name in ("first", "second", "third"))
    second.due_s = time.monotonic() + 3600
    controller = controller_of(world, [first, second, third])
    assert controller.round()
    assert ran == ["first", "third"]
    second.due_s = 0.0
    assert controller.round()
    assert ran == ["first", "third", "first", "second", "third"]
    assert len(set(first.tokens)) == 1
    assert first.tokens[0] > 0


def test_the_standby_runs_no_duty(world: Controlled) -> None:
    ran: list[str] = []
    leader = controller_of(world, [Noted("leader", ran)], "c1")
    standby = controller_of(world, [Noted("standby", ran)], "c2")
    assert [leader.round(), standby.round(), standby.round(), leader.round()] == [
        True, False, False, True,
    ]  # fmt: skip
    assert ran == ["leader", "leader"]
    assert (leader.rounds.leads, standby.rounds.leads) == (True, False)


def test_a_round_that_breaks_is_not_counted_and_leaves_out_what_comes_after(
    world: Controlled,
) -> None:
    ran: list[str] = []
    decides = Noted("decides", ran, decisions=(DECISION,))
    breaks, after = Noted("breaks", ran), Noted("after", ran)
    after.decisions = breaks.decisions = (DECISION,)
    controller = controller_of(world, [decides, breaks, after])
    breaks.error = LedgerError("refused")
    with pytest.raises(LedgerError):
        controller.round()
    assert (ran, controller.rounds.leads) == (["decides"], False)
    assert not controller.rounds.binds
    breaks.error = None
    assert controller.round()
    assert (controller.rounds.leads, controller.rounds.binds["cpu"]) == (True, 1)


# The loop itself.


class AwayLedger(Ledger):
    """A ledger that does not answer while `error` is set; counts the attempts to lead."""

    error: Exception | None = None
    asked = 0

    def lead(self, name: str, lease_s: float, heard: int = 0) -> int:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return super().lead(name, lease_s, heard)

    def wait_for_rounds(self, count: int) -> None:
        """Returns after so many whole rounds."""
        before = self.asked
        wait_for(lambda: self.asked > before + count, SOON_S, f"{count} rounds")


@contextmanager
def running(controller: Controller) -> Iterator[Callable[[], None]]:
    """The controller in a thread of its own; the call ends it."""
    stop = threading.Event()
    thread = threading.Thread(target=controller.run, args=(stop,), daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(SOON_S)
        assert not thread.is_alive()

    yield end
    end()


@pytest.mark.parametrize("error", [LedgerError("refused"), RedisConnectionError("refused")])
def test_an_outage_is_survived_and_said_once(
    world: Controlled,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(loop, "ROUND_S", 0.001)
    ledger = AwayLedger(Store(world.client, PREFIX, patience_s=SOON_S))
    with running(world.controller(ledger=ledger)):
        ledger.wait_for_rounds(3)
        for _ in range(2):
            ledger.error = error
            ledger.wait_for_rounds(3)
            ledger.error = None
            ledger.wait_for_rounds(3)
    assert caplog.text.count("Redis is away; waiting: refused") == 2
    assert caplog.text.count("Redis is back") == 2
    assert caplog.text.count("leading") == 1


def test_a_change_of_leader_is_said_once(
    world: Controlled, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(loop, "ROUND_S", 0.001)
    ledger = AwayLedger(Store(world.client, PREFIX, patience_s=SOON_S))
    with running(world.controller("c1", ledger)):
        ledger.wait_for_rounds(3)
        # Between two rounds of its own: it may be the one that leads on.
        wait_for(lambda: _takes_over(world, "c2"), SOON_S, "another one leads")
        wait_for(lambda: "standing by" in caplog.text, SOON_S, "it stands by")
        ledger.wait_for_rounds(3)
        world.ledger.resign("c2")
        wait_for(lambda: caplog.text.count("leading") == 2, SOON_S, "it leads again")
    assert caplog.text.count("standing by") == 1


def _takes_over(world: Controlled, name: str) -> bool:
    world.ledger.resign("c1")
    return world.ledger.lead(name, 3600.0) != 0


def test_it_runs_once_a_second(world: Controlled) -> None:
    ledger = AwayLedger(Store(world.client, PREFIX, patience_s=SOON_S))
    with running(world.controller(ledger=ledger)):
        wait_for(lambda: ledger.asked >= 1, SOON_S, "the first round")
        first, first_s = ledger.asked, time.monotonic()
        wait_for(lambda: ledger.asked >= first + 2, SOON_S, "two more")
        # Two seconds but for the delay with which this thread saw the first one.
        assert time.monotonic() - first_s > 1.0


def test_it_ends_without_waiting_for_the_next_round(
    world: Controlled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "ROUND_S", 3600.0)
    ledger = AwayLedger(Store(world.client, PREFIX, patience_s=SOON_S))
    with running(world.controller(ledger=ledger)) as end:
        wait_for(lambda: ledger.asked >= 1, SOON_S, "the first round")
        end()
    assert ledger.asked == 1


def test_one_that_ends_gives_the_lease_back(world: Controlled) -> None:
    with running(world.controller("c1")) as end:
        wait_for(lambda: not world.ledger.lead("c2", 0.001), SOON_S, "it leads")
        end()
    assert world.ledger.lead("c2", 1.0)


def test_a_controller_renews_its_health_file_also_on_standby(
    world: Controlled, tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("leads", "waits")]
    stop = threading.Event()
    controllers = [world.controller(file.name) for file in files]
    threads = []
    for controller, file in zip(controllers, files, strict=True):
        controller.health_file = file
        threads.append(threading.Thread(target=controller.run, args=(stop,)))
        threads[-1].start()
    try:
        wait_for(lambda: all(file.exists() for file in files), SOON_S, "both are well")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert [each.rounds.leads for each in controllers].count(True) <= 1
