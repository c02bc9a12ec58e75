"""One of several controllers leads, by a lease and with a token that all will obey."""

from __future__ import annotations

from typing import cast

import pytest

from controllers.duties import leading as module
from controllers.duties.assigning import Assigning
from controllers.duties.duty import Round
from controllers.duties.leading import Leading
from tests.support.controlled import Controlled
from videobatch.errors import LedgerError


class Follower:
    """Stands where the control of slots would."""

    def __init__(self) -> None:
        self.lost: list[str] = []
        self.error: Exception | None = None

    def follow_on(self, lost: str = "") -> None:
        if self.error is not None:
            raise self.error
        self.lost.append(lost)


def token(leading: Leading) -> int:
    now = Round()
    leading.run(now)
    assert now.leads is (now.token != 0)
    return now.token


def test_the_standby_takes_over_after_the_lease(world: Controlled) -> None:
    first, second = Leading("c1", world.ledger), Leading("c2", world.ledger)
    led = token(first)
    world.pass_time(module.LEADER_LEASE_S - 0.5)
    assert token(second) == 0
    assert token(first) == led
    world.pass_time(module.LEADER_LEASE_S + 0.1)
    assert token(second) > led
    assert token(first) == 0


def test_one_that_resigns_is_followed_at_once(world: Controlled) -> None:
    first, second = Leading("c1", world.ledger), Leading("c2", world.ledger)
    assert token(first)
    first.resign()
    assert token(second)


def test_a_token_is_higher_than_any_that_workers_have_heard_of(world: Controlled) -> None:
    leading = Leading("c1", world.ledger)
    led = token(leading)
    leading.heard = led + 3_600_000
    assert token(leading) == leading.heard + 1


def test_who_leads_anew_goes_on_from_what_the_one_before_remembered(world: Controlled) -> None:
    follower = Follower()
    second = Leading("c2", world.ledger, cast("Assigning", follower))
    assert token(Leading("c1", world.ledger))
    assert token(second) == 0
    assert follower.lost == []
    world.pass_time(module.LEADER_LEASE_S + 0.1)
    follower.error = LedgerError("away")
    with pytest.raises(LedgerError):
        token(second)
    # What it could not do it does in the next round, and once.
    follower.error = None
    assert token(second)
    assert token(second)
    assert follower.lost == ["c1"]
