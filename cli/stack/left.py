"""Programs of a stack that outlived its supervisor: killed by hand, or for want of memory."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from cli.stack.home import Home
from cli.stack.processes import is_server, stack_processes, without_parents
from cli.stack.programs import REDIS, WORKER_MODULE

_MARKS = {
    WORKER_MODULE: "worker",
    # As a stack of an earlier version started it.
    "worker": "worker",
    "flower": "flower",
    "controllers": "controller",
    "celery_app.recogniser": "recogniser",
}


@dataclass(frozen=True, slots=True)
class Left:
    """A program of the stack that goes on without its supervisor."""

    name: str
    pid: int


def left_of(home: Home) -> tuple[Left, ...]:
    """The programs that are left, with Redis first; for a stack whose supervisor is gone."""
    found = [
        Left(_name(process), process.pid) for process in without_parents(stack_processes(home))
    ]
    return tuple(sorted(found, key=lambda each: (each.name != REDIS, each.name, each.pid)))


def in_words(left: Sequence[Left]) -> str:
    """`redis (123), worker (124)`."""
    return ", ".join(f"{each.name} ({each.pid})" for each in left)


def _name(process: psutil.Process) -> str:
    if is_server(process):
        return REDIS
    with suppress(psutil.Error):
        for word in process.cmdline():
            if word in _MARKS:
                return _MARKS[word]
    return "process"
