"""Checks the local stack: its server binary, its programs and Flower's port. Starts nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil

from cli.doctor import redis_server
from cli.doctor.check import Check, bad, warn, well
from cli.stack import broker, lifecycle
from cli.stack.errors import StackError
from cli.stack.home import Home, open_home, read_json
from cli.stack.left import in_words, left_of
from cli.stack.ports import LOOPBACK, is_free
from cli.stack.processes import stack_processes
from cli.stack.programs import python_programs
from cli.stack.rpc import ProgramStatus

# What mends a supervisor that hangs.
AGAIN = "`videobatch down` ends it, then `videobatch up` starts it anew"


def server(root: Path, search_path: str | None) -> Iterator[Check]:
    """Checks that the local stack in the folder `root` has a Redis or Valkey binary to run."""
    kept = read_json(open_home(root).choices).get("server")
    try:
        found = broker.find_server(search_path, kept)
    except StackError as error:
        yield bad("server", error.message, error.hint)
    else:
        yield well("server", f"{found.path} ({found.source})")


def stack(root: Path) -> Iterator[Check]:
    """Checks that the stack runs, with the state of each program and the folder of the logs."""
    home = open_home(root)
    try:
        statuses = lifecycle.statuses(home)
    except StackError as error:
        yield bad("stack", error.message, f"{AGAIN}; logs in {home.logs}")
        return
    if statuses:
        yield running(home, statuses)
    elif read_json(home.record):
        left = left_of(home)
        found = f"ended without `videobatch down`, as by a reboot; {len(left)} of its processes"
        found = f"{found} are left{': ' if left else ''}{in_words(left)}; logs in {home.logs}"
        yield warn("stack", found, "`videobatch up` ends what is left and resumes it")
    else:
        logs = f"; logs of the last time in {home.logs}" if home.logs.is_dir() else ""
        yield well("stack", f"does not run; `videobatch submit` or `videobatch up` starts it{logs}")


def running(home: Home, statuses: Mapping[str, ProgramStatus]) -> Check:
    """The check of a stack that runs; bad if an essential program is not up."""
    states = ", ".join(f"{name} {each.state.name.lower()}" for name, each in statuses.items())
    found = f"runs: {states}; logs in {home.logs}"
    lost = [name for name, each in statuses.items() if not each.state.is_up]
    logs = ", ".join(str(home.logs / f"{name}.log") for name in lost)
    hint = f"see the end of {logs}; `videobatch up` starts what is down"
    if not _optional().issuperset(lost):
        return bad("stack", found, hint)
    return warn("stack", found, hint) if lost else well("stack", found)


def _optional() -> set[str]:
    programs = python_programs("python", Path(), concurrency=1, flower_port=0)
    return {program.name for program in programs if not program.essential}


def flower(root: Path, free: Callable[[int], bool] = is_free) -> Iterator[Check]:
    """Checks that the port that is kept for Flower is free, or Flower's."""
    home = open_home(root)
    port = read_json(home.choices).get("flower_port")
    if not port:
        yield well("flower", "no port chosen yet; the first `videobatch up` takes a free one")
        return
    address = f"{LOOPBACK}:{port}"
    if free(port):
        yield well("flower", f"{address} is free")
    elif _is_ours(home, port):
        yield well("flower", f"http://{address}")
    else:
        hint = "`videobatch down`, then `videobatch up` takes another port"
        yield warn("flower", f"{address} is taken by another program", hint)


def _is_ours(home: Home, port: int) -> bool:
    return any(f"--port={port}" in _arguments(each) for each in stack_processes(home))


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def redis(root: Path) -> Iterator[Check]:
    """The checks of the stack's own Redis and its worker; none if it does not run."""
    home = open_home(root)
    # Asked for the URL of a stack that has lost its password, home would make a new one.
    has_password = (home.secrets / broker.SECRET).is_file()
    url = lifecycle.running_redis_url(home) if has_password else None
    if url:
        yield from redis_server.redis(url, is_local=True)
