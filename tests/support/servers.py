"""A real Redis (or Valkey) server for tests: its own folder, port and password."""

from __future__ import annotations

import itertools
import os
import random
import secrets
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from cli.stack.broker import find_server
from cli.stack.ports import is_free
from tests.support.processes import Process

START_S = 60.0
LOOPBACK = "127.0.0.1"
AOF = "appendonlydir"


# Below those that Linux and macOS give to connections (from 32768 and 49152 on), a range for each
# process of a run: what one has found free, no other one takes before its server listens.
FIRST_PORT, PORTS = 20_000, 1_000
_RANGE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 12
_ports = itertools.count(random.randrange(PORTS))


def free_port() -> int:
    """A port on loopback on which nobody listens; another one at each call."""
    for number in itertools.islice(_ports, PORTS):
        port = FIRST_PORT + _RANGE * PORTS + number % PORTS
        if is_free(port):
            return port
    raise AssertionError(f"no port from {FIRST_PORT + _RANGE * PORTS} on is free")


class RedisServer:
    """A server that keeps its data in an append-only file, so that a restart loses nothing.

    It listens on loopback, and on the further addresses, and wants a password, which stands in a
    file that only its owner may read. It runs once the constructor returns.
    """

    def __init__(self, folder: Path, addresses: Sequence[str] = ()) -> None:
        self._folder = folder
        self._addresses = " ".join((LOOPBACK, *addresses))
        self._password = secrets.token_hex(8)
        self._binary = find_server(os.environ.get("PATH")).path
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self._write_settings()
        self._process = self._launch()

    @property
    def url(self) -> str:
        """`redis://...` with the password in it."""
        return self.url_at(LOOPBACK)

    def url_at(self, address: str) -> str:
        """The URL under which it is reached at another of its addresses."""
        return f"redis://:{self._password}@{address}:{self.port}/0"

    @property
    def pid(self) -> int:
        return self._process.pid

    def _write_settings(self) -> None:
        path = self._folder / "server.conf"
        path.touch(mode=0o600)
        path.write_text(
            f"bind {self._addresses}\nport {self.port}\nrequirepass {self._password}\n"
            'dir ./\nlogfile ""\nappendonly yes\nappendfsync everysec\nsave ""\n'
        )

    def _launch(self) -> Process:
        argv = [str(self._binary), "server.conf"]
        process = Process(argv, self._folder / "server.log", folder=self._folder)
        process.wait_for(lambda: self._answers(process), START_S, "the server answers PING")
        return process

    def _answers(self, process: Process) -> bool:
        if not process.is_alive():
            raise AssertionError(f"the server ended\n{process.tail()}")
        with self.client() as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False

    def client(self, **options: Any) -> Redis:
        """A client of this server, text in and text out; close it, or use it as a context."""
        return Redis.from_url(self.url, decode_responses=True, **options)

    def flush(self) -> None:
        """Empties the server, scripts included."""
        with self.client() as client:
            client.flushall()
            client.script_flush()

    def cut_clients(self) -> None:
        """Closes every other client's connection, subscribers' too."""
        with self.client() as client:
            for kind in ("normal", "pubsub"):
                client.client_kill_filter(_type=kind, skipme=True)

    def cut_clients_but(self, client: Redis) -> None:
        """Closes the connection of each of the others."""
        own = client.client_id()
        for other in client.client_list():
            if int(other["id"]) != own:
                client.client_kill_filter(_id=other["id"])

    def make_replica(self) -> None:
        """A failover has made another server the master: writes are refused (READONLY)."""
        self._configure(lambda client: client.replicaof(LOOPBACK, free_port()))

    def make_master(self) -> None:
        """It takes writes again, with all that it had."""
        self._configure(lambda client: client.replicaof("no", "one"))

    def want_replicas(self, count: int) -> None:
        """Writes are refused (NOREPLICAS) unless so many replicas follow; 0: they are taken."""
        self._configure(lambda client: client.config_set("min-replicas-to-write", count))

    def _configure(self, act: Callable[[Redis], object]) -> None:
        with self.client() as client:
            act(client)

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        self._process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT after `pause`."""
        self._process.signal(signal.SIGCONT)

    def stop(self) -> None:
        """SIGTERM; data is kept for `start`. Safe to repeat."""
        self.resume()
        self._process.stop()

    def kill(self) -> None:
        """SIGKILL; what was written in the last second may be lost."""
        self._process.kill()

    def start(self) -> None:
        """Runs again after `stop` or `kill`: same port, password and data."""
        if not self._process.is_alive():
            self._process = self._launch()

    def snapshot(self, to: Path) -> None:
        """Copies its data while it runs: what was answered until now is in the copy."""
        with self.client() as client:
            # While it syncs, it keeps what comes in its memory.
            self._process.wait_for(
                lambda: client.info("persistence")["aof_buffer_length"] == 0,
                START_S,
                "all written",
            )
        shutil.copytree(self._folder / AOF, to)

    def roll_back(self, snapshot: Path) -> None:
        """Goes back in time: a kill, and the data of the snapshot. Port and password stay."""
        self._process.kill()
        shutil.rmtree(self._folder / AOF)
        shutil.copytree(snapshot, self._folder / AOF)
        self.start()

    def restart(self) -> None:
        """`stop`, then `start`."""
        self.stop()
        self.start()
