from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from celery.platforms import EX_FAILURE
from celery.worker import state as worker_state

from celery_app.worker.background import Background
from tests.support.waiting import wait_for
from videobatch.errors import LedgerError

SOON_S = 300.0


class Job:
    """Counts its ticks; `error` is raised by each of them."""

    def __init__(self) -> None:
        self.ticks = 0
        self.error: Exception | None = None

    def __call__(self) -> None:
        self.ticks += 1
        if self.error is not None:
            raise self.error


@pytest.fixture
def job() -> Job:
    return Job()


@pytest.fixture
def background(job: Job) -> Iterator[Background]:
    made = Background("leases", job, 0.01, longest_wait_s=0.01)
    yield made
    made.stop()


def test_ticks_until_stopped(background: Background, job: Job) -> None:
    background.start()
    wait_for(lambda: job.ticks > 3, SOON_S, "four ticks")
    background.stop()
    background.stop()
    assert not background.is_running
    ticks = job.ticks
    background.wake()
    assert job.ticks == ticks


def test_wake_does_not_wait_for_the_period(job: Job) -> None:
    background = Background("slow", job, 3600.0)
    background.start()
    wait_for(lambda: job.ticks == 1, SOON_S, "the first tick")
    background.wake()
    wait_for(lambda: job.ticks == 2, SOON_S, "a second tick")
    background.stop()


def test_an_outage_is_survived_and_said_once(
    background: Background, job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job.error = LedgerError("connection refused")
    background.start()
    wait_for(lambda: job.ticks > 5, SOON_S, "six failures")
    job.error = None
    wait_for(lambda: "Redis is back" in caplog.text, SOON_S, "back")
    assert caplog.text.count("Redis is away") == 1
    assert background.is_running


def test_an_unforeseen_error_ends_the_worker(
    background: Background,
    job: Job,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_state, "should_stop", None)
    seen: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_type))
    job.error = ZeroDivisionError("a mistake of ours")
    background.start()
    wait_for(lambda: not background.is_running, SOON_S, "the thread ends")
    assert worker_state.should_stop == EX_FAILURE
    assert seen == [ZeroDivisionError]
