"""Ends of real processes, as a worker tells of them."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from billiard import get_context

from celery_app.worker.deaths import Deaths
from celery_app.worker.verdicts import UNKNOWN
from tests.support.waiting import wait_for
from videobatch.records import OVERDUE, Death

SOON_S = 300.0


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
    wait_for(lambda: deaths.death(pid).how != UNKNOWN, SOON_S, "the process has ended")
    return deaths.death(pid).how


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
    assert ended(deaths, process.pid) == "exit code 75, because the ledger refused it"


def test_one_that_took_too_long_is_told_apart(pool: list[Any]) -> None:
    process = started(pool, time.sleep, 60)
    deaths = Deaths(lambda: pool)
    deaths.look()
    deaths.note_overdue(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    assert deaths.death(process.pid).how == OVERDUE


def test_a_stranger_has_no_known_end() -> None:
    assert Deaths(list).death(4711).how == UNKNOWN


class Machine:
    """A kernel that tells of memory as a test sets it."""

    def __init__(self) -> None:
        self.sizes: dict[int, int | None] = {}
        self.kills = 0

    def resident(self, pid: int) -> int | None:
        return self.sizes.get(pid)

    def deaths(self, *pids: int) -> Deaths:
        pool = [SimpleNamespace(pid=pid, exitcode=-signal.SIGKILL) for pid in pids]
        return Deaths(lambda: pool, lambda: self.kills, self.resident)


def test_a_child_that_the_kernel_killed_as_the_largest_is_a_suspect() -> None:
    machine = Machine()
    machine.sizes = {1: 900, 2: 300}
    deaths = machine.deaths(1, 2)
    deaths.look()
    # It is killed; for a look or two the kernel is still taking its memory back.
    machine.kills, machine.sizes = 1, {1: 100, 2: 300}
    deaths.look()
    machine.sizes = {1: None, 2: 300}
    deaths.look()
    assert deaths.death(1) == Death("SIGKILL, out of memory", suspect=True, rss_bytes=900)


def test_a_small_child_that_the_kernel_killed_is_none() -> None:
    machine = Machine()
    machine.sizes = {1: 900, 2: 300}
    deaths = machine.deaths(1, 2)
    deaths.look()
    machine.kills, machine.sizes = 1, {1: 900, 2: None}
    deaths.look()
    assert not deaths.death(2).suspect


def test_a_kill_of_long_ago_speaks_against_nobody() -> None:
    machine = Machine()
    machine.sizes, machine.kills = {1: 900}, 5
    deaths = machine.deaths(1)
    for _ in range(20):
        deaths.look()
    machine.sizes = {1: None}
    deaths.look()
    assert deaths.death(1) == Death("SIGKILL", suspect=False, rss_bytes=900)


def test_the_real_sizes_of_children_are_seen(pool: list[Any]) -> None:
    process = started(pool, time.sleep, 60)
    deaths = Deaths(lambda: pool)
    deaths.look()
    assert (deaths.ending(process.pid).rss_bytes or 0) > 1 << 20


class ReapedByAnother:
    """A child that the pool's thread has just reaped, and has yet to note how it ended."""

    pid = 7

    def __init__(self) -> None:
        self.asked = 0

    @property
    def exitcode(self) -> int | None:
        self.asked += 1
        return -signal.SIGSEGV if self.asked > 3 else None


def test_an_end_that_the_pool_is_about_to_note_is_waited_for() -> None:
    child = ReapedByAnother()
    deaths = Deaths(lambda: [child], lambda: 0, lambda _pid: 900)
    deaths.look()
    assert deaths.death(child.pid) == Death("SIGSEGV", suspect=True, rss_bytes=900)
