"""Hearing and writing by two servers, each of which counts what it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.stack.home import open_home
from cli.stack.processes import stack_processes
from cli.stack.programs import WORKER_MODULE
from tests.e2e.test_paid import assert_hidden, everything_in_redis
from tests.support.api_server import ApiServer
from tests.support.cli import stack
from tests.support.outputs import assert_whole, batch_folder
from tests.support.speech import synthesise, write_wav

pytestmark = pytest.mark.real

HEARS_KEY, WRITES_KEY = "sk-test-0123456789abcdef", "sk-test-fedcba9876543210"
SPOKEN = "the bird can see the river from the tree and the water is cold in the morning. "


@pytest.fixture
def hears(tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(tmp_path / "hears", keys=(HEARS_KEY,)) as made:
        yield made


@pytest.fixture
def writes(tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(tmp_path / "writes", keys=(WRITES_KEY,), models=("mine",)) as made:
        yield made


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    write_wav(folder / "talk.wav", synthesise(SPOKEN))
    return folder


def asked(server: ApiServer) -> dict[str, int]:
    """The paid calls that the server served."""
    counts = server.counts()
    served = {path.rpartition("/")[2]: tally.served for path, tally in counts.endpoints.items()}
    return {name: count for name, count in served.items() if name != "models"}


def speech_at(server: ApiServer) -> dict[str, str]:
    return {
        "VIDEOBATCH_SPEECH__PROVIDER": "openai",
        "VIDEOBATCH_SPEECH__BASE_URL": server.url,
        "VIDEOBATCH_SPEECH__KEY": HEARS_KEY,
    }


def writer_at(server: ApiServer) -> dict[str, str]:
    return {
        "VIDEOBATCH_WRITER__PROVIDER": "openai",
        "VIDEOBATCH_WRITER__BASE_URL": server.url,
        "VIDEOBATCH_WRITER__MODEL": "mine",
        "VIDEOBATCH_WRITER__KEY": WRITES_KEY,
    }


def test_one_hears_and_another_writes(
    videos: Path, hears: ApiServer, writes: ApiServer, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with stack(tmp_path / "home", **speech_at(hears), **writer_at(writes)) as cli:
        made = cli("submit", videos, "--out", out, "--yes")
        assert made.exit_code == 0, made.said
        doctor = {each["name"]: each for each in cli("doctor", "--json").json["checks"]}
        said = made.said + everything_in_redis(cli)
        said += "".join(cli.log(name) for name in ("worker", "controller", "flower", "redis"))
        seeing = [
            each.cmdline()
            for each in stack_processes(open_home(tmp_path / "home"))
            if "VIDEOBATCH_WRITER__KEY" in each.environ()
        ]
    folder = batch_folder(out) / "talk.wav"
    assert_whole(folder)
    text = (folder / "summary_report.md").read_text()
    assert "transcript: openai whisper-1" in text
    assert "writer: openai mine" in text
    assert asked(hears) == {"transcriptions": 1}
    assert asked(writes) == {"completions": 1}
    # Neither server has seen the other's key.
    assert (hears.counts().failed, writes.counts().failed) == (0, 0)
    assert (doctor["provider"]["status"], doctor["writer"]["status"]) == ("ok", "ok")
    assert seeing
    assert all(WORKER_MODULE in each or "supervisor.supervisord" in each for each in seeing), seeing
    assert not [key for key in (HEARS_KEY, WRITES_KEY) if key in said]
    assert_hidden(said, out)


def test_speech_is_heard_here_and_another_writes_without_a_question(
    videos: Path, writes: ApiServer, tmp_path: Path
) -> None:
    """Nobody is paid for a model without a price on one's own machine."""
    out = tmp_path / "out"
    with stack(tmp_path / "home", **writer_at(writes)) as cli:
        made = cli("submit", videos, "--out", out)
        assert made.exit_code == 0, made.said
    text = (batch_folder(out) / "talk.wav" / "summary_report.md").read_text()
    assert "transcript: pocketsphinx en-us" in text
    assert "writer: openai mine" in text
    assert asked(writes) == {"completions": 1}


def test_another_hears_and_nobody_writes(
    videos: Path, hears: ApiServer, writes: ApiServer, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    nobody = {**writer_at(writes), "VIDEOBATCH_WRITER__PROVIDER": "none"}
    with stack(tmp_path / "home", **speech_at(hears), **nobody) as cli:
        unasked = cli("submit", videos, "--out", out)
        assert unasked.exit_code == 2, unasked.said
        assert "openai whisper-1: 1 video, 1 min of sound, about 1 call" in unasked.err
        made = cli("submit", videos, "--out", out, "--yes")
        assert made.exit_code == 0, made.said
    text = (batch_folder(out) / "talk.wav" / "summary_report.md").read_text()
    assert "transcript: openai whisper-1" in text
    assert "writer:" not in text
    assert asked(hears) == {"transcriptions": 1}
    assert asked(writes) == {}
