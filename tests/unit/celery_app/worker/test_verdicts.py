"""Evidence decides what speaks against a video."""

from __future__ import annotations

import signal

import pytest

from celery_app.worker.verdicts import ABANDONED, UNKNOWN, Ending, verdict
from videobatch.records import OVERDUE, Death

KILLED = -signal.SIGKILL


@pytest.mark.parametrize(
    ("ending", "how", "suspect"),
    [
        # What the process brought on itself.
        (Ending(-signal.SIGSEGV), "SIGSEGV", True),
        (Ending(-signal.SIGABRT), "SIGABRT", True),
        (Ending(-signal.SIGBUS), "SIGBUS", True),
        (Ending(-signal.SIGFPE), "SIGFPE", True),
        (Ending(-signal.SIGILL), "SIGILL", True),
        (Ending(-signal.SIGSYS), "SIGSYS", True),
        (Ending(-signal.SIGTRAP), "SIGTRAP", True),
        (Ending(-signal.SIGXCPU), "SIGXCPU", True),
        (Ending(1), "exit code 1", True),
        (Ending(139), "exit code 139", True),
        (Ending(KILLED, is_overdue=True), OVERDUE, True),
        (Ending(None, is_overdue=True), OVERDUE, True),
        (Ending(KILLED, oom_kills=1, is_largest=True), "SIGKILL, out of memory", True),
        # What came from outside, or from nobody knows where.
        (Ending(KILLED), "SIGKILL", False),
        (Ending(KILLED, is_largest=True), "SIGKILL", False),
        (
            Ending(KILLED, oom_kills=2, is_largest=False),
            "SIGKILL, out of memory, though others held more",
            False,
        ),
        (Ending(-signal.SIGTERM, oom_kills=1, is_largest=True), "SIGTERM", False),
        (Ending(-signal.SIGINT), "SIGINT", False),
        (Ending(-signal.SIGHUP), "SIGHUP", False),
        (Ending(-signal.SIGQUIT), "SIGQUIT", False),
        (Ending(-signal.SIGUSR1), "SIGUSR1", False),
        (Ending(-99), "signal 99", False),
        (Ending(ABANDONED), "exit code 75, because the ledger refused it", False),
        (Ending(0), "exit code 0", False),
        (Ending(0x9B), "exit code 155", False),
        (Ending(None), UNKNOWN, False),
    ],
)
def test_verdict(ending: Ending, how: str, suspect: bool) -> None:
    assert verdict(ending) == Death(how, suspect, None)


def test_the_memory_that_it_held_is_kept() -> None:
    assert verdict(Ending(-signal.SIGSEGV, rss_bytes=7)).rss_bytes == 7
