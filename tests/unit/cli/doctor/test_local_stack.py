"""The checks of the local stack: its server binary, its programs, Flower's port."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.doctor import local_stack
from cli.doctor.check import CheckStatus, well
from cli.stack import broker, locks
from cli.stack.home import Home, write_json
from cli.stack.rpc import ProgramState, ProgramStatus
from tests.support.doctor import only


def test_the_server_that_would_run(home: Home, tmp_path: Path) -> None:
    binary = tmp_path / "valkey-server"
    binary.touch(mode=0o755)
    check = only(local_stack.server(home.root, str(tmp_path)))
    assert check == well("server", f"{binary} (PATH)")
    write_json(home.choices, {"server": str(binary)})
    assert only(local_stack.server(home.root, "")).found == f"{binary} (as before)"


def test_no_server_at_all(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "WHEELS", ())
    check = only(local_stack.server(home.root, str(home.root)))
    assert check.status is CheckStatus.BAD
    assert "VIDEOBATCH_REDIS_URL" in check.hint


def program(name: str, state: ProgramState) -> ProgramStatus:
    return ProgramStatus(name, state, 1, 0, 0, "")


@pytest.mark.parametrize(
    ("worker", "flower", "status"),
    [
        (ProgramState.RUNNING, ProgramState.RUNNING, CheckStatus.OK),
        (ProgramState.STARTING, ProgramState.RUNNING, CheckStatus.OK),
        (ProgramState.RUNNING, ProgramState.FATAL, CheckStatus.WARN),
        (ProgramState.BACKOFF, ProgramState.RUNNING, CheckStatus.BAD),
        (ProgramState.FATAL, ProgramState.FATAL, CheckStatus.BAD),
    ],
)
def test_the_states_of_a_running_stack(
    home: Home, worker: ProgramState, flower: ProgramState, status: CheckStatus
) -> None:
    programs = {"worker": program("worker", worker), "flower": program("flower", flower)}
    check = local_stack.running(home, programs)
    assert check.status is status
    assert f"worker {worker.name.lower()}" in check.found
    assert str(home.logs) in check.found
    assert (str(home.logs / "flower.log") in check.hint) is (flower is ProgramState.FATAL)
    assert (str(home.logs / "worker.log") in check.hint) is not worker.is_up


def test_a_stack_that_does_not_run(home: Home, tmp_path: Path) -> None:
    assert "does not run" in only(local_stack.stack(tmp_path / "none")).found
    assert str(home.logs) in only(local_stack.stack(home.root)).found
    write_json(home.record, {"redis_port": 1})
    check = only(local_stack.stack(home.root))
    assert check.status is CheckStatus.WARN
    assert "without `videobatch down`" in check.found
    assert "0 of its processes" in check.found


@pytest.fixture
def alive(home: Home) -> Iterator[Home]:
    """A stack whose supervisor lives, as its lock says, but does not listen."""
    fd = locks.open_lock(home.alive_lock)
    assert locks.take(fd, 0)
    yield home
    os.close(fd)


def test_a_supervisor_that_does_not_answer(alive: Home) -> None:
    check = only(local_stack.stack(alive.root))
    assert check.status is CheckStatus.BAD
    assert "does not answer" in check.found
    assert "videobatch down" in check.hint


def test_flowers_port(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no port chosen" in only(local_stack.flower(home.root)).found
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        write_json(home.choices, {"flower_port": port})
        check = only(local_stack.flower(home.root))
        assert check.status is CheckStatus.WARN
        assert f"127.0.0.1:{port} is taken" in check.found

        monkeypatch.setattr(local_stack, "stack_processes", lambda _home: [Flower(port)])
        assert only(local_stack.flower(home.root)) == well("flower", f"http://127.0.0.1:{port}")
    assert only(local_stack.flower(home.root)).found == f"127.0.0.1:{port} is free"


class Flower:
    """Stands in for Flower's process."""

    def __init__(self, port: int) -> None:
        self._port = port

    def cmdline(self) -> list[str]:
        return ["python", "-m", "celery", "flower", f"--port={self._port}"]
