"""Leftovers are removed a few at once, every few seconds."""

from __future__ import annotations

import time

import pytest

from controllers.duties import leftovers
from controllers.duties.duty import Round
from controllers.duties.leftovers import AT_ONCE, EVERY_S, Leftovers
from tests.support.controlled import Controlled
from videobatch.errors import LedgerError


def test_some_at_once_and_then_not_for_a_while(
    world: Controlled, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def clean(_ledger: object, _views: object, most: int) -> int:
        asked.append(most)
        if len(asked) == 1:
            raise LedgerError("away")
        return 0

    monkeypatch.setattr(leftovers, "clean_leftovers", clean)
    duty = Leftovers(world.ledger, world.views)
    with pytest.raises(LedgerError):
        duty.run(Round(1))
    assert duty.due_s == 0.0, "it is due again in the next round"
    duty.run(Round(1))
    assert 0 < duty.due_s - time.monotonic() <= EVERY_S
    assert asked == [AT_ONCE, AT_ONCE]
