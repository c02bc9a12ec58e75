"""The size of the run, its seed, and the files that all chaos tests work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos import figures
from tests.chaos.fleet import Fleet, fleet_on
from tests.chaos.footage import make_footage
from tests.chaos.schedule import Size, size_of_run
from tests.support.servers import RedisServer


@pytest.fixture(scope="session")
def size() -> Size:
    chosen = size_of_run()
    figures.note("seed, kills", f"{chosen.seed}, {chosen.kills}")
    return chosen


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("footage") / "videos"
    make_footage(folder)
    return folder


@pytest.fixture
def fleet(own_redis: RedisServer, tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on(own_redis, tmp_path) as made:
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if figures.rows():
        terminalreporter.section("chaos")
        for row in figures.rows():
            terminalreporter.write_line(row)
