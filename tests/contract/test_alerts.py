"""Alerts over a real Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from videobatch.state.alerts import MOST_KEPT, Alerts
from videobatch.state.connection import connect
from videobatch.state.store import Store


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "alerts") as made:
        yield made


def test_the_same_is_told_once(client: Redis) -> None:
    alerts = Alerts(Store(client, "vb"))
    assert [alerts.tell("error", "key_refused", "key 1") for _ in range(3)] == [True, False, False]
    assert alerts.tell("error", "key_refused", "key 2")
    found = alerts.recent(60.0)
    assert [(each.severity, each.code, each.message) for each in found] == [
        ("error", "key_refused", "key 1"),
        ("error", "key_refused", "key 2"),
    ]
    seconds, _ = client.time()
    assert all(abs(each.at_s - float(seconds)) < 5 for each in found)


def test_old_ones_are_not_recent_and_too_many_are_not_kept(client: Redis) -> None:
    client.xadd(KEYS.alerts, {"severity": "error", "code": "c", "message": "old"}, id="1000-0")
    alerts = Alerts(Store(client, "vb"))
    for number in range(MOST_KEPT + 5):
        alerts.tell("warning", "c", f"m{number}")
    assert "old" not in {each.message for each in alerts.recent(60.0)}
    assert client.xlen(KEYS.alerts) < MOST_KEPT + 200
