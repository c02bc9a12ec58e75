"""How a child ended, told of real processes."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from billiard import get_context

from celery_app.deaths import UNKNOWN, Deaths
from tests.support.waiting import wait_for
from videobatch.records import OVERDUE

SOON_S = 5.0


@pytest.fixture
def pool() -> Iterator[list[Any]]:
    made: list[Any] = []
    yield made
    for process in made:
        process.terminate()
        process.join()


def started(pool: list[Any], target: Any, *args: Any) -> Any:
    """A child as the pool makes them, in the pool's list."""
    process = get_context("fork").Process(target=target, args=args)
    process.start()
    pool.append(process)
    return process


def ended(deaths: Deaths, pid: int) -> str:
    """The cause, once the process is gone."""
    wait_for(lambda: deaths.cause(pid) != UNKNOWN, SOON_S, "the process has ended")
    return deaths.cause(pid)


def test_a_signal_is_named_after_the_pool_forgot_the_process(pool: list[Any]) -> None:
    process = started(pool, time.sleep, 60)
    deaths = Deaths(lambda: pool)
    deaths.look()
    os.kill(process.pid, signal.SIGTERM)
    process.join()
    pool.clear()
    assert ended(deaths, process.pid) == "SIGTERM"


def test_an_exit_code_is_told(pool: list[Any]) -> None:
    process = started(pool, sys.exit, 75)
    deaths = Deaths(lambda: pool)
    deaths.look()
    assert ended(deaths, process.pid) == "exit code 75"


def test_one_that_took_too_long_is_told_apart(pool: list[Any]) -> None:
    process = started(pool, time.sleep, 60)
    deaths = Deaths(lambda: pool)
    deaths.look()
    deaths.is_overdue(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    assert deaths.cause(process.pid) == OVERDUE


def test_a_stranger_has_no_known_end() -> None:
    assert Deaths(list).cause(4711) == UNKNOWN
