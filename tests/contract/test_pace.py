"""The rate that the processes of a host share, over a real Redis and real sockets."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator

import pytest

from tests.support.processes import ROOT
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.errors import StoppingError
from videobatch.state.connection import connect
from videobatch.state.pace import Pace
from videobatch.state.store import Store

BYTES_PER_S = 10_000_000 // 8
PIECE_BYTES, PIECES = 16 * 1024, 230
SOON_S = 300.0

SENDER = """
import socket, sys, time
from videobatch.state.connection import connect
from videobatch.state.pace import Pace
from videobatch.state.store import Store
url, port, rate, piece, pieces = sys.argv[1], *map(float, sys.argv[2:])
pace = Pace(Store(connect(url, "pace"), "vb", patience_s=60.0), "host", rate)
with socket.create_connection(("127.0.0.1", int(port))) as wire:
    for _ in range(int(pieces)):
        pace.take(int(piece))
        print(time.monotonic())
        wire.sendall(bytes(int(piece)))
"""


class Sink:
    """Counts what arrives."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.got_bytes = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                wire, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._read, args=(wire,), daemon=True).start()

    def _read(self, wire: socket.socket) -> None:
        with wire:
            while count := len(wire.recv(1 << 20)):
                with self._lock:
                    self.got_bytes += count

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


def test_two_processes_keep_to_one_rate_over_any_second(
    redis_server: RedisServer, sink: Sink
) -> None:
    told = [redis_server.url, sink.port, BYTES_PER_S, PIECE_BYTES, PIECES]
    argv = [sys.executable, "-c", SENDER, *map(str, told)]
    running = [subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate(timeout=600)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    # What may be sent in any second that begins with a piece. However late processes run, each has
    # one piece at the most whose turn was before: with the one at the edge three above the rate.
    sent_s = sorted(float(line) for text in said for line in text.split())
    most = max(bisect_left(sent_s, at_s + 1.0) - place for place, at_s in enumerate(sent_s))
    assert most * PIECE_BYTES <= 1.05 * BYTES_PER_S
    all_bytes = 2 * PIECES * PIECE_BYTES
    wait_for(lambda: sink.got_bytes == all_bytes, SOON_S, "all has arrived, and no more")


def test_no_turn_is_later_than_the_rate_says(redis_server: RedisServer) -> None:
    period_us = PIECE_BYTES / BYTES_PER_S * 1e6
    with connect(redis_server.url, "pace") as client:
        stores = [Store(client, "vb") for _ in range(2)]
        began_s = time.monotonic()
        for number in range(100):
            wait_us = stores[number % 2].run("calls/pace", "host", PIECE_BYTES, BYTES_PER_S)
            since_us = (time.monotonic() - began_s) * 1e6
            # Redis keeps whole microseconds.
            assert wait_us <= number * (period_us + 1)
            assert wait_us + since_us >= number * (period_us - 1)


def test_an_idle_time_earns_no_burst(redis_server: RedisServer) -> None:
    with connect(redis_server.url, "pace") as client:
        pace = Pace(Store(client, "vb"), "host", 1000.0)
        pace.take(100)
        threading.Event().wait(0.5)
        began_s = time.monotonic()
        for _ in range(3):
            pace.take(100)
        assert time.monotonic() - began_s >= 0.19


def test_a_stop_ends_the_waiting(redis_server: RedisServer) -> None:
    def stop() -> None:
        raise StoppingError("the worker is stopping")

    with connect(redis_server.url, "pace") as client:
        pace = Pace(Store(client, "vb"), "host", 10.0, check_stop=stop)
        pace.take(100)
        with pytest.raises(StoppingError):
            pace.take(1)
