"""The rate that the processes of a host share, over a real Redis and real sockets."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from statistics import median

import pytest

from tests.support.processes import ROOT
from tests.support.servers import RedisServer
from videobatch.errors import StoppingError
from videobatch.state.connection import connect
from videobatch.state.pace import Pace
from videobatch.state.store import Store

# So slow that a busy machine keeps up.
BYTES_PER_S = 10_000_000 // 8
PIECE_BYTES = 32 * 1024
SECONDS, SLOT_S = 6.0, 0.01

SENDER = """
import socket, sys, time
from videobatch.state.connection import connect
from videobatch.state.pace import Pace
from videobatch.state.store import Store
url, port, rate, piece, seconds = sys.argv[1], *map(float, sys.argv[2:])
pace = Pace(Store(connect(url, "pace"), "vb", patience_s=60.0), "host", rate)
until_s = time.monotonic() + seconds
with socket.create_connection(("127.0.0.1", int(port))) as wire:
    while time.monotonic() < until_s:
        pace.take(int(piece))
        print(time.monotonic())
        wire.sendall(bytes(int(piece)))
"""


class Sink:
    """Counts what arrives, by slots of 10 ms."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.slots: dict[int, int] = {}
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
                slot = int(time.monotonic() / SLOT_S)
                with self._lock:
                    self.slots[slot] = self.slots.get(slot, 0) + count

    def close(self) -> None:
        self._listening.close()

    def seconds(self) -> list[int]:
        """The bytes of each second that begins at any slot, but for the first and the last."""
        first, last = min(self.slots), max(self.slots)
        width = round(1 / SLOT_S)
        return [
            sum(self.slots.get(slot, 0) for slot in range(begin, begin + width))
            for begin in range(first + width, last - 2 * width)
        ]


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


def test_two_processes_keep_to_one_rate_over_any_second(
    redis_server: RedisServer, sink: Sink
) -> None:
    told = [redis_server.url, sink.port, BYTES_PER_S, PIECE_BYTES, SECONDS]
    argv = [sys.executable, "-c", SENDER, *map(str, told)]
    running = [subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate(timeout=600)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    # What may be sent in any second that begins with a piece: however late processes run.
    sent_s = sorted(float(line) for text in said for line in text.split())
    most = max(bisect_left(sent_s, at_s + 1.0) - place for place, at_s in enumerate(sent_s))
    assert most * PIECE_BYTES <= 1.05 * BYTES_PER_S
    # And what arrives: here a busy machine may shift some from one second to the next.
    seconds = sink.seconds()
    assert len(seconds) > 200
    assert median(seconds) == pytest.approx(BYTES_PER_S, rel=0.05)


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
