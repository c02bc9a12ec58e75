"""The local stack from outside: start it, end it, look at it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cli.stack import broker, locks
from cli.stack.ending import STOP_TIMEOUT_S, end
from cli.stack.environment import Fingerprint, stack_fingerprint
from cli.stack.errors import StackError
from cli.stack.home import Home, read_json
from cli.stack.options import Stack, StackOptions, describe
from cli.stack.programs import REDIS
from cli.stack.rpc import ProgramStatus, Supervisor
from cli.stack.starting import START_TIMEOUT_S, revive, start

if TYPE_CHECKING:
    from cli.stack.left import Left

LOCK_TIMEOUT_S = START_TIMEOUT_S + STOP_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class _RunningStack:
    """The stack that runs: which programs the supervisor gave up on, which settings changed."""

    stack: Stack
    lost: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        return not self.lost and not self.changed


def is_up(home: Home) -> bool:
    """True if the stack's supervisor lives. Costs no more than a look at a lock."""
    return locks.is_held(home.alive_lock)


def up(options: StackOptions) -> Stack:
    """A running stack: the one that runs already, or a new one on the same data.

    Safe to repeat, and from several processes at once: one starts it, the others wait for it.
    Where settings that the programs read have changed, the stack is ended and started again.
    Raises StackError, with the last lines of its log, if a program does not come up.
    """
    home = options.home
    home.create()
    found = _look(options)
    if found and found.is_right:
        return found.stack
    with locks.alone(home.change_lock, LOCK_TIMEOUT_S):
        found = _look(options)
        if found and found.is_right:
            return found.stack
        if found and not found.changed:
            revive(options, found.stack, found.lost)
            return found.stack
        end(home)
        return replace(start(options), restarted_for=found.changed if found else ())


def down(home: Home) -> int:
    """Ends the stack and nothing else; the data stays. Returns how many processes it ended.

    Safe to repeat. Raises StackError if a process cannot be ended.
    """
    if not home.run.is_dir():
        return 0
    with locks.alone(home.change_lock, LOCK_TIMEOUT_S):
        return end(home)


def statuses(home: Home) -> dict[str, ProgramStatus]:
    """The stack's programs as the supervisor sees them; empty if it does not run.

    Raises StackError if it runs and does not answer.
    """
    if not is_up(home):
        return {}
    with Supervisor(home.socket) as rpc:
        return rpc.programs()


def running_redis_url(home: Home) -> str | None:
    """The URL of the running stack's Redis, or None. It is a secret. That of one whose supervisor
    is gone counts, if it is still there."""
    record = read_json(home.record)
    if not record:
        return None
    if not is_up(home) and not any(each.name == REDIS for each in left(home)):
        return None
    return broker.redis_url(home, record["redis_port"])


def left(home: Home) -> tuple[Left, ...]:
    """The programs that go on although the supervisor is gone; none where it lives."""
    if is_up(home) or not home.run.is_dir():
        return ()
    # psutil costs some hundredths of a second, which a look at a running stack can do without.
    from cli.stack.left import left_of

    return left_of(home)


def _look(options: StackOptions) -> _RunningStack | None:
    """The stack that runs, or None if there is none or it was never complete."""
    home = options.home
    record = read_json(home.record)
    if not record:
        return None
    try:
        programs = statuses(home)
    except StackError:
        return None
    if not programs:
        return None
    wanted = stack_fingerprint(options, options.programs(record["flower_port"]))
    then = Fingerprint(record["settings"], record["commands"])
    return _RunningStack(
        stack=describe(home, record["redis_port"], record["flower_port"]),
        lost=tuple(name for name, each in programs.items() if each.state.is_down),
        changed=wanted.changed_since(then),
    )
