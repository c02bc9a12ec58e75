"""The processes of a stack, known by what cannot be mistaken, and how they are ended."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence

import psutil

from cli.stack.home import Home
from cli.stack.supervisor import MARK_VARIABLE

POLL_S = 0.02
# How long the system may take to remove a killed process.
KILL_S = 2.0


def stack_processes(home: Home) -> list[psutil.Process]:
    """Every living process that this stack started.

    Each inherits the stack's mark in its environment. Redis writes its title over that, and is
    known by the folder that it runs in. No pid file is trusted, since pids are used again.
    """
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.uids().real == os.getuid() and _belongs(process, home):
                found.append(process)
    return found


def end(processes: Sequence[psutil.Process], grace_s: float) -> list[psutil.Process]:
    """Ends the processes, kindly at first; returns those that are still there. Safe to repeat.

    Only those without a parent among them are asked, since they end their children in good
    order; Redis is asked when the others are gone, since they write to it until then.
    """
    servers = [process for process in processes if is_server(process)]
    others = [process for process in processes if process not in servers]
    for group in (others, servers):
        for process in without_parents(group):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in _wait(group, grace_s):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    return _wait(processes, KILL_S)


def _wait(group: Sequence[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """The processes that still run after that time. A zombie has ended, whoever is to reap it."""
    deadline = time.monotonic() + timeout_s
    alive = list(group)
    while alive:
        alive = [process for process in alive if _runs(process)]
        if not alive or time.monotonic() > deadline:
            break
        time.sleep(POLL_S)
    return alive


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def without_parents(group: Sequence[psutil.Process]) -> list[psutil.Process]:
    """The processes that none of the others has started."""
    pids = {process.pid for process in group}
    roots = []
    for process in group:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.ppid() not in pids:
                roots.append(process)
    return roots


def is_server(process: psutil.Process) -> bool:
    """True for the stack's Redis."""
    try:
        return process.name().endswith("-server")
    except psutil.Error:
        return False


def _belongs(process: psutil.Process, home: Home) -> bool:
    if process.pid == os.getpid() or not _runs(process):
        return False
    if process.environ().get(MARK_VARIABLE) == home.mark:
        return True
    return is_server(process) and process.cwd() == str(home.redis)
