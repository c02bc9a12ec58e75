"""A newer ledger is put in force once all workers know it."""

from __future__ import annotations

import time

import pytest

from controllers.duties import schema
from controllers.duties.duty import Round
from controllers.duties.schema import EVERY_S, Schema
from tests.support.controlled import Controlled
from tests.support.samples import readings_of, sample_of


def test_the_leader_raises_it_to_what_all_who_live_know_and_not_at_once(
    world: Controlled, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[list[int]] = []
    monkeypatch.setattr(schema, "raise_to", lambda _store, known: raised.append(known))
    duty = Schema(world.ledger)
    assert duty.due_s > time.monotonic() + EVERY_S - 5
    duty.due_s = 0.0
    duty.run(Round(1, readings_of(sample_of("w1", schema=1), sample_of("w2", schema=2))))
    assert raised == [[1, 2]]
    assert duty.due_s > time.monotonic() + EVERY_S - 5
    # Without workers there is nobody to ask.
    duty.run(Round(1))
    assert raised == [[1, 2]]
