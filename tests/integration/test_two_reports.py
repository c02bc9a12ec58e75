"""Two processes that write the report of one batch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.reports import Reported, revision_of, states
from tests.support.servers import RedisServer
from videobatch.state.connection import connect

pytestmark = pytest.mark.real

SOON_S = 300.0
SLOW = """
import sys
from videobatch.pipeline.outputs import report_files as reporting
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger
from videobatch.state.store import Store
from videobatch.state.views import Views

client = connect(sys.argv[1])
real = reporting.open_folder

def stopped(*arguments, **options):
    print("read", flush=True)
    sys.stdin.readline()
    return real(*arguments, **options)

reporting.open_folder = stopped
store = Store(client, "vb")
reporting.write_due_reports(Ledger(store), Views(store))
print("written", flush=True)
"""


@pytest.fixture
def world(redis_server: RedisServer, tmp_path: Path) -> Iterator[Reported]:
    with connect(redis_server.url) as client:
        yield Reported(client, tmp_path)


def test_an_older_report_waits_for_another_process_and_yields(
    world: Reported, redis_server: RedisServer
) -> None:
    """One process is stopped between reading and writing."""
    folder = world.over("b1")
    slow = subprocess.Popen(
        [sys.executable, "-c", SLOW, redis_server.url, "b1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert slow.stdin is not None
    assert slow.stdout is not None
    try:
        assert slow.stdout.readline() == "read\n"
        world.over("b1", videos=3)
        world.write()
        assert states(folder) == ["done"] * 3
        revision = revision_of(folder)
        slow.stdin.write("go on\n")
        slow.stdin.flush()
        assert slow.stdout.readline() == "written\n"
        assert slow.wait(SOON_S) == 0
    finally:
        slow.kill()
        slow.wait()
        slow.stdin.close()
        slow.stdout.close()
    assert (states(folder), revision_of(folder)) == (["done"] * 3, revision)
    assert world.due() == set()
