"""The workers' samples, once in a round."""

from __future__ import annotations

from controllers.duties.duty import Round
from controllers.duties.hearing import Hearing
from controllers.duties.leading import Leading
from tests.support.controlled import Controlled


def test_the_round_has_who_lives_and_the_slots_that_are_wanted(world: Controlled) -> None:
    hearing = Hearing(world.samples, Leading("c1", world.ledger))
    now = Round(1)
    hearing.run(now)
    assert (now.readings, now.slots, hearing.leading.heard) == ({}, 0, 0)
    world.sample("w1", slots=3, leader_token=7)
    world.sample("w2", slots=2, leader_token=5)
    hearing.run(now)
    assert (sorted(now.readings), now.slots, hearing.leading.heard) == (["w1", "w2"], 5, 7)


def test_a_leader_that_redis_took_back_in_time_is_obeyed_all_the_same(world: Controlled) -> None:
    """Workers have heard of a later leader, whom Redis has forgotten, or of a later clock."""
    leading = Leading("c1", world.ledger)
    hearing = Hearing(world.samples, leading)

    def token() -> int:
        now = Round()
        leading.run(now)
        hearing.run(now)
        return now.token

    later = token() + 3_600_000
    world.sample("w", leader_token=later)
    token()
    raised = token()
    assert raised == later + 1
    # Its workers hear of it, and nothing changes any more.
    world.sample("w", leader_token=raised)
    assert [token(), token()] == [raised, raised]
