"""Talking to supervisord: XML-RPC over its Unix socket."""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client  # nosec B411
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from cli.stack.errors import StackError

TIMEOUT_S = 10.0


class ProgramState(IntEnum):
    """supervisord's states of a program."""

    STOPPED = 0
    STARTING = 10
    RUNNING = 20
    BACKOFF = 30
    STOPPING = 40
    EXITED = 100
    FATAL = 200
    UNKNOWN = 1000

    @property
    def is_up(self) -> bool:
        return self in {ProgramState.STARTING, ProgramState.RUNNING}

    @property
    def is_down(self) -> bool:
        return self in {ProgramState.STOPPED, ProgramState.EXITED, ProgramState.FATAL}


@dataclass(frozen=True, slots=True)
class ProgramStatus:
    """A program as supervisord sees it; times are Unix seconds, `pid` is 0 when down."""

    name: str
    state: ProgramState
    pid: int
    started_at: int
    exit_status: int
    problem: str


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.close()
            raise


class _SocketTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = str(path)

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        if not (self._connection and self._connection[1]):
            self._connection = (host, _SocketConnection(self._path))
        connection = self._connection[1]
        assert isinstance(connection, http.client.HTTPConnection)  # noqa: S101 - for the type
        return connection


class Supervisor:
    """The calls that the stack makes; each raises StackError if supervisord does not answer."""

    def __init__(self, socket_path: Path) -> None:
        self._proxy = xmlrpc.client.ServerProxy(
            "http://localhost", transport=_SocketTransport(socket_path)
        )

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *_: object) -> None:
        self._proxy("close")()

    def programs(self) -> dict[str, ProgramStatus]:
        """All programs by name."""
        found = self._call("getAllProcessInfo")
        return {
            each["name"]: ProgramStatus(
                name=each["name"],
                state=ProgramState(each["state"]),
                pid=each["pid"],
                started_at=each["start"],
                exit_status=each["exitstatus"],
                problem=each["spawnerr"],
            )
            for each in found
        }

    def answers(self) -> bool:
        """True if supervisord answers."""
        try:
            self._call("getState")
        except StackError:
            return False
        return True

    def start(self, name: str) -> None:
        """Starts a program and does not wait for it. Nothing happens if it is up."""
        if not self.programs()[name].state.is_up:
            self._call("startProcess", name, False)

    def stop(self, name: str) -> None:
        """Asks a program to end and does not wait for it. Nothing happens if it is down."""
        if not self.programs()[name].state.is_down:
            self._call("stopProcess", name, False)

    def shut_down(self) -> None:
        """Asks supervisord to end what still runs, and then itself."""
        self._call("shutdown")

    def _call(self, method: str, *arguments: object) -> Any:
        try:
            return getattr(self._proxy.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            # It changed by itself between the look and the call: the next look tells.
            if any(word in fault.faultString for word in ("ALREADY_STARTED", "NOT_RUNNING")):
                return None
            raise StackError(f"the supervisor refused {method}: {fault.faultString}") from fault
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise StackError(f"the supervisor does not answer: {error}") from error
