"""The ledger knows how work is published, also after it lost all that it knew."""

from __future__ import annotations

import pytest

from controllers.duties.duty import Round
from controllers.duties.publishing import Publishing
from tests.support.controlled import MESSAGE, QUEUE, Controlled


def test_the_message_comes_back_after_redis_lost_its_data(
    world: Controlled, caplog: pytest.LogCaptureFixture
) -> None:
    publishing = Publishing(world.ledger, QUEUE, MESSAGE)
    publishing.run(Round(1))
    world.lose_all()
    world.add("v1")
    assert world.ledger.feed() == 0, "nothing can be fed without a message"
    assert "Redis has lost its data" not in caplog.text
    publishing.run(Round(1))
    assert (world.ledger.feed(), world.queued()) == (1, 1)
    assert str(world.client.lrange(QUEUE, 0, -1)).endswith(" b v1']")
    publishing.run(Round(1))
    assert caplog.text.count("Redis has lost its data") == 1
