"""A unit test has no server: neither the fixtures of one, nor a Redis that it starts itself.
Properties are checked without a deadline: a busy machine is no fault of the code."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

SERVERS = frozenset({"redis_server", "own_redis"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuses tests that ask for a server: fakeredis does (tests/support/fake_redis.py), or the
    test belongs to tests/contract or tests/integration."""
    wrong = [
        item.nodeid
        for item in items
        if item.nodeid.startswith("tests/unit/")
        and SERVERS & set(getattr(item, "fixturenames", ()))
    ]
    if wrong:
        raise pytest.UsageError("a unit test has no server:\n" + "\n".join(wrong))


@pytest.fixture(autouse=True)
def _no_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a unit test starts no Redis; tests/support/fake_redis.py has one")

    monkeypatch.setattr("tests.support.servers.RedisServer.__init__", refuse)
