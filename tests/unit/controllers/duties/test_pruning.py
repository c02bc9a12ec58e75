"""Rows of dead processes' queues are looked at once a minute."""

from __future__ import annotations

import time

from controllers.duties.duty import Round
from controllers.duties.pruning import EVERY_S, Pruning
from tests.support.controlled import Controlled
from tests.support.keys import KEYS, PREFIX
from videobatch.state.bindings import EXCHANGES, KEPT_S, Bindings
from videobatch.state.store import Store


def test_what_has_stood_there_for_too_long_goes(world: Controlled) -> None:
    row, now_s = KEYS.bindings(EXCHANGES[0]), [0.0]
    world.client.sadd(row, "a queue of a dead worker")
    duty = Pruning(Bindings(Store(world.client, PREFIX), clock=lambda: now_s[0]))
    duty.run(Round(1))
    assert EVERY_S - 5 < duty.due_s - time.monotonic() <= EVERY_S
    now_s[0] = KEPT_S
    duty.run(Round(1))
    assert not world.client.exists(row)
