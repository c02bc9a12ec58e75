"""Bringing a stack up: Redis first, the Python programs as soon as it answers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace

from cli.stack import broker, locks, supervisor
from cli.stack.ending import end
from cli.stack.environment import child_environment, stack_fingerprint
from cli.stack.errors import StackError
from cli.stack.home import Home, read_json, write_json
from cli.stack.options import Stack, StackOptions, describe
from cli.stack.ports import free_port
from cli.stack.programs import REDIS, redis_program, write_script
from cli.stack.rpc import ProgramState, ProgramStatus, Supervisor

# A machine that is busy with other things takes its time; a program that ends is told at once.
START_TIMEOUT_S = 120.0
POLL_S = 0.02
LOG_LINES = 15
Question = Callable[[], bool]


def start(options: StackOptions) -> Stack:
    """A new stack on the data of the last one. The caller holds the change lock.

    Raises StackError, and leaves nothing running, if a program does not come up.
    """
    began = time.monotonic()
    home = options.home
    redis_port, flower_port, server = _choose(options)
    broker.configure(home, redis_port)
    others = options.programs(flower_port)
    programs = (redis_program(home, server), *others)
    for program in programs:
        write_script(home, program)
    supervisor.write_configuration(home, programs)
    stack = describe(home, redis_port, flower_port)
    try:
        _spawn(options, stack)
        revive(options, stack, [program.name for program in programs])
    except BaseException:
        end(home)
        raise
    ports = {"redis_port": redis_port, "flower_port": flower_port}
    write_json(home.record, {**ports, **asdict(stack_fingerprint(options, others))})
    return replace(stack, started=True, start_s=time.monotonic() - began)


def revive(options: StackOptions, stack: Stack, names: Sequence[str]) -> None:
    """Starts these programs under a supervisor that runs, and returns when they are ready.

    Raises StackError, with the last lines of its log, for one that is not.
    """
    # redis-py costs a tenth of a second, which a look at a running stack can do without.
    from videobatch.state.readiness import redis_answers

    home = options.home
    deadline = time.monotonic() + START_TIMEOUT_S
    with Supervisor(home.socket) as rpc:
        if REDIS in names:
            rpc.start(REDIS)
            _await(home, rpc, {REDIS: lambda: redis_answers(stack.redis_url)}, deadline)
        others = [name for name in names if name != REDIS]
        questions = _questions(options, stack, others)
        for name in questions:
            rpc.start(name)
        _await(home, rpc, questions, deadline)
        # What nobody waits for must not take the processors from what somebody waits for.
        for name in others:
            if name not in questions:
                rpc.start(name)


def _choose(options: StackOptions) -> tuple[int, int, broker.ServerBinary]:
    """Ports and server binary: those of the last time where that is possible."""
    home = options.home
    kept = read_json(home.choices)
    server = broker.find_server(options.environment.get("PATH"), kept.get("server"))
    redis_port = free_port(kept.get("redis_port"))
    flower_port = free_port(kept.get("flower_port"))
    write_json(
        home.choices,
        {"server": str(server.path), "redis_port": redis_port, "flower_port": flower_port},
    )
    return redis_port, flower_port, server


def _spawn(options: StackOptions, stack: Stack) -> None:
    """Starts supervisord, and hands the lock that says that it lives over to it."""
    home = options.home
    lock_fd = locks.open_lock(home.alive_lock)
    try:
        # Only a look can be in the way, and for no longer than a moment.
        if not locks.take(lock_fd, timeout_s=2.0):
            raise StackError(
                f"another supervisor holds {home.alive_lock}",
                hint="end it with `videobatch down`, then try again",
            )
        environment = child_environment(options.environment, stack.redis_url, home.speech_socket)
        supervisor.spawn(home, options.python, environment, lock_fd)
    finally:
        os.close(lock_fd)


def _questions(
    options: StackOptions, stack: Stack, names: Iterable[str]
) -> dict[str, Question | None]:
    """The question that each essential program is asked before it counts as ready."""

    def question(name: str) -> Question | None:
        ready = options.ready.get(name)
        return (lambda: ready(stack.redis_url)) if ready else None

    essential = {program.name for program in options.programs(0) if program.essential}
    return {name: question(name) for name in names if name in essential}


def _await(
    home: Home, rpc: Supervisor, questions: Mapping[str, Question | None], deadline: float
) -> None:
    """Returns when every program is up and its question, if any, is answered with yes."""
    waiting = dict(questions)
    while waiting:
        statuses = rpc.programs()
        for name, question in list(waiting.items()):
            if _is_ready(home, statuses[name], question):
                del waiting[name]
        if waiting and time.monotonic() > deadline:
            name = next(iter(waiting))
            raise _failure(home, name, f"was not ready within {START_TIMEOUT_S:.0f} s")
        if waiting:
            time.sleep(POLL_S)


def _is_ready(home: Home, status: ProgramStatus, question: Question | None) -> bool:
    if not status.state.is_up:
        raise _failure(home, status.name, f"ended at once ({status.problem or 'no reason given'})")
    return question() if question else status.state is ProgramState.RUNNING


def _failure(home: Home, name: str, what: str) -> StackError:
    file = home.logs / f"{name}.log"
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    except OSError:
        lines = []
    tail = "".join(f"\n    {line}" for line in lines) or "\n    (its log is empty)"
    return StackError(f"{name} {what}. The last lines of {file}:{tail}")
