"""Fixtures that several suites share."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support.lanes import in_lanes
from tests.support.servers import RedisServer
from tests.support.speech import ENGINE

# Unless a test names another one, also in the processes that it starts: what it says of words must
# not depend on the models that happen to be on the machine.
os.environ.update(ENGINE)
# Hundreds of processes import the same modules: not each of them compiles them anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In several processes the slow tests come first, and each process has some."""
    lanes = getattr(config, "workerinput", {}).get("workercount", 1)
    if lanes > 1:
        items[:] = in_lanes(items, lanes, lambda item: item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Reports travel between processes as UTF-8, and file names in logs need not be of it."""
    report = yield
    report.sections = [(name, _utf8(text)) for name, text in report.sections]
    return report


def _utf8(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


@pytest.fixture(scope="session")
def _shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def redis_server(_shared_redis: RedisServer) -> RedisServer:
    """One real server for the whole run, empty at the start of each test. Do not stop it."""
    _shared_redis.flush()
    return _shared_redis


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A real server of this test's own, which it may pause, kill and restart."""
    server = RedisServer(tmp_path / "redis")
    yield server
    server.stop()
