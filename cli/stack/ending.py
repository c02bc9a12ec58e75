"""Ending a stack: all that it started, and nothing else."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from cli.stack import locks
from cli.stack.errors import StackError
from cli.stack.home import Home
from cli.stack.programs import REDIS
from cli.stack.rpc import Supervisor
from cli.stack.supervisor import GRACE_S

# Each program has its grace, and the supervisor a moment to notice.
WAIT_S = GRACE_S + 2.0
STOP_TIMEOUT_S = 4 * WAIT_S
POLL_S = 0.02


def end(home: Home) -> int:
    """Ends every process of the stack; returns how many there were. Safe to repeat.

    The supervisor does it in good order. What is left behind, because the supervisor itself
    was killed, is ended after it. The caller holds the change lock. Raises StackError if a
    process does not end.
    """
    # Loads psutil, which only an end needs.
    from cli.stack import processes

    home.record.unlink(missing_ok=True)
    before = processes.stack_processes(home)
    if locks.is_held(home.alive_lock):
        # If it hangs or its socket is gone, it is ended like the rest, by its pid.
        with contextlib.suppress(StackError):
            _shut_down(home)
    left = processes.end(processes.stack_processes(home), GRACE_S)
    if left:
        pids = ", ".join(str(each.pid) for each in left)
        raise StackError(f"these processes of the stack do not end: {pids}")
    home.socket.unlink(missing_ok=True)
    return len(before)


def _shut_down(home: Home) -> None:
    """Ends the programs side by side, then Redis, to which they write until then."""
    with Supervisor(home.socket) as rpc:
        others = [name for name in rpc.programs() if name != REDIS]
        for name in others:
            rpc.stop(name)
        # Each question also wakes the supervisor, which else looks around once a second.
        _wait(lambda: all(rpc.programs()[name].state.is_down for name in others))
        rpc.stop(REDIS)
        _wait(lambda: rpc.programs()[REDIS].state.is_down)
        rpc.shut_down()
        _wait(lambda: not (locks.is_held(home.alive_lock) and rpc.answers()))
    _wait(lambda: not locks.is_held(home.alive_lock))


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise StackError("the supervisor does not end its programs")
        time.sleep(POLL_S)
