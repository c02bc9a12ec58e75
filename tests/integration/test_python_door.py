"""The programs of docs/how-to/python.md, word for word."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import PROJECT_ROOT
from tests.support.fleet import Fleet, fleet_on
from tests.support.media import Captions, Recipe, Sound, make_media
from tests.support.processes import Process
from tests.support.servers import RedisServer
from videobatch.records import VideoState

pytestmark = pytest.mark.real

SOON_S = 300.0
WHOLE, AGREED, STEPS = range(3)
# What the reader has from the page's first program by then.
BEFORE = """\
import os, sys
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger
from videobatch.state.store import Store
from videobatch.state.views import Views
from videobatch.submission import submit

folder, documents = sys.argv[1:]
key = "sk-1"
client = connect(os.environ["VIDEOBATCH_REDIS_URL"])
store = Store(client, "videobatch")
ledger, views = Ledger(store), Views(store)
"""


def programs() -> list[str]:
    text = (PROJECT_ROOT / "docs/how-to/python.md").read_text()
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def fleet(redis_server: RedisServer, tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on(redis_server, tmp_path, prefix="videobatch") as made:
        yield made


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    captions = Captions([(0.2, 1.8, "What is said in it")])
    make_media(folder / "a.mkv", Recipe(captions=captions))
    make_media(folder / "b.wav", Recipe(2.0, None, Sound()))
    (folder / "linked").symlink_to(tmp_path)
    return folder


def run(text: str, fleet: Fleet, videos: Path) -> Process:
    program = fleet.folder / "program.py"
    program.write_text(text)
    argv = [sys.executable, str(program), str(videos), str(fleet.out)]
    environment = fleet.variables(PYTHONPATH=str(PROJECT_ROOT))
    return Process(argv, fleet.folder / "program.log", environment)


def test_the_whole_program_submits_and_tells_what_was_made(fleet: Fleet, videos: Path) -> None:
    with run(programs()[WHOLE], fleet, videos) as program:
        program.wait_for_line("2 videos, documents in", SOON_S)
        program.wait_for_line("passed over, linked: a link to a folder", SOON_S)
        (batch_id,) = fleet.views.batch_ids()
        waiting = list(fleet.views.all_videos(batch_id))
        assert [video.state for video in waiting] == [VideoState.PENDING] * 2
        assert all(video.job.params["key_points"] == 5 for video in waiting)
        fleet.start_controller()
        fleet.start_worker()
        program.wait_for(lambda: not program.is_alive(), SOON_S, "all is made")
        assert program.returncode == 0, program.tail()
        assert "a.mkv: done\nb.wav: done\n" in program.log()
    assert len(list(fleet.out.rglob("summary_report.md"))) == 2


@pytest.mark.parametrize("last", [AGREED, STEPS])
def test_what_is_paid_for_is_handed_over_once_agreed_to(
    fleet: Fleet, videos: Path, last: int
) -> None:
    text = "\n".join([BEFORE, *programs()[AGREED : last + 1]])
    with run(text, fleet, videos) as program:
        program.wait_for(lambda: not program.is_alive(), SOON_S, "it is handed over")
        assert program.returncode == 0, program.tail()
    (batch_id,) = fleet.views.batch_ids()
    batch = fleet.views.batch(batch_id)
    assert batch is not None
    assert (batch.provider, batch.open_videos) == ("openai", 2)
