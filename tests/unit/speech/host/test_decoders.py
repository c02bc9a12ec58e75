"""The threads of a recogniser: how many, in which order, and what becomes of errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest

from tests.support.waiting import wait_for
from videobatch.speech.host.decoders import Decoders, threads_for

SOON_S = 300.0


@pytest.mark.parametrize(
    ("cores", "cpu_target", "asked", "threads"),
    [
        (2.0, 1.0, None, 2),
        (0.5, 1.0, None, 1),
        (8.0, 0.5, None, 4),
        (4.0, 0.1, None, 1),
        (2, 1, 7, 7),
    ],
)
def test_as_many_threads_as_cores_may_be_used(
    cores: float, cpu_target: float, asked: int | None, threads: int
) -> None:
    assert threads_for(cores, cpu_target, asked) == threads


@contextmanager
def opened_at_last(gate: threading.Event) -> Iterator[None]:
    """Lets everybody through in the end, whatever became of the test."""
    try:
        yield
    finally:
        gate.set()


def is_at(decoders: Decoders, state: tuple[int, int]) -> bool:
    """True where so many jobs are done and so many wait."""
    return (decoders.busy, decoders.waiting) == state


@pytest.mark.parametrize("threads", [1, 2])
def test_so_many_at_once_and_the_videos_in_turn(threads: int) -> None:
    decoders, gate = Decoders(threads), threading.Event()
    done: list[str] = []

    def job(name: str) -> str:
        gate.wait()
        done.append(name)
        return name.upper()

    with ThreadPoolExecutor(8) as askers, opened_at_last(gate):
        out: list[Future[str]] = []
        for name in ("a1", "b1", "a2", "a3", "b2", "c1"):
            out.append(askers.submit(decoders.do, name[0], partial(job, name)))
            busy = min(threads, len(out))
            state = (busy, len(out) - busy)
            wait_for(partial(is_at, decoders, state), SOON_S, f"{name}: {state}")
        gate.set()
        assert [each.result() for each in out] == ["A1", "B1", "A2", "A3", "B2", "C1"]
    if threads == 1:
        assert done == ["a1", "b1", "a2", "c1", "b2", "a3"]
    assert (decoders.busy, decoders.waiting) == (0, 0)


def test_an_error_is_that_of_who_asked_and_of_nobody_else() -> None:
    decoders = Decoders(1)

    def broken() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        decoders.do("a", broken)
    assert decoders.do("a", lambda: 3) == 3


def test_a_job_that_takes_longer_than_it_may_is_seen() -> None:
    now_s, gate = [0.0], threading.Event()
    decoders = Decoders(1, clock=lambda: now_s[0])
    with ThreadPoolExecutor(1) as threads, opened_at_last(gate):
        out = threads.submit(decoders.do, "a", gate.wait, 10.0)
        wait_for(lambda: decoders.busy == 1, SOON_S, "it runs")
        hung = []
        for now_s[0] in (9.0, 11.0):
            hung.append(decoders.is_hung)
        gate.set()
        out.result()
    assert [*hung, decoders.is_hung] == [False, True, False]
