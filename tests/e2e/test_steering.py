"""Pause, resume, cancel, retry and the dead letters, with a real stack."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cli.shared.schema import DeadOut, SteerOut
from tests.support.cli import Cli, stack
from tests.support.outputs import assert_whole, batch_folder
from tests.support.speech import synthesise, write_wav
from tests.support.waiting import wait_for
from videobatch.state.views import VideoView

pytestmark = [pytest.mark.real, pytest.mark.runs("cli.mend.steer", "cli.main")]

COUNT = 4
SOON_S = 300.0
END_S = 600.0
# Recognition takes a fraction of the time that this is spoken, but some seconds for each video.
SPOKEN = "the bird can see the river from the tree and the water is cold in the morning. "


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cli]:
    """A stack of two slots at all times, however busy others keep the CPUs."""
    with stack(tmp_path / "home", VIDEOBATCH_CONCURRENCY__POLICY="fixed") as cli:
        yield cli


@pytest.fixture(scope="module")
def speech() -> NDArray[np.int16]:
    return synthesise(SPOKEN * 2)


@pytest.fixture
def videos(tmp_path: Path, speech: NDArray[np.int16]) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    for number in range(COUNT):
        write_wav(folder / f"{number}.wav", speech)
    return folder


def submit(cli: Cli, folder: Path, out: Path) -> str:
    answer = cli("submit", folder, "--out", out, "--detach", "--json")
    assert answer.exit_code == 0, answer.said
    return str(answer.json["batch"])


def states(cli: Cli, batch: str) -> dict[str, VideoView]:
    with cli.views() as views:
        return {video.name: video for video in views.all_videos(batch)}


def count(cli: Cli, batch: str, state: str) -> int:
    return sum(video.state == state for video in states(cli, batch).values())


def at_work(cli: Cli, batch: str) -> int:
    """Videos that a worker has: those that run, and those whose files are put in place."""
    return sum(video.state in {"running", "committed"} for video in states(cli, batch).values())


def steer(cli: Cli, *call: Any) -> SteerOut:
    answer = cli(*call, "--json")
    assert answer.exit_code == 0, answer.said
    return SteerOut.model_validate_json(answer.out)


def test_a_paused_batch_stops_at_once_and_goes_on_where_it_was(
    own: Cli, videos: Path, tmp_path: Path
) -> None:
    batch = submit(own, videos, tmp_path / "out")
    wait_for(lambda: count(own, batch, "running") == 2, SOON_S, "two run")
    paused = steer(own, "pause", batch, "--now")
    assert paused.state == "paused"
    wait_for(lambda: count(own, batch, "running") == 0, SOON_S, "both stop")
    still = states(own, batch)
    assert {video.state for video in still.values()} <= {"pending", "done"}
    assert sum(video.attempts for video in still.values() if video.state == "pending") == 0
    resumed = steer(own, "resume", batch)
    assert resumed.state == "open"
    assert own("watch", batch).exit_code == 0
    assert all(video.state == "done" for video in states(own, batch).values())


def test_a_pause_lets_running_videos_end(
    own: Cli, videos: Path, speech: NDArray[np.int16], tmp_path: Path
) -> None:
    # Some are left, however many end while the command is on its way.
    for number in range(COUNT, 3 * COUNT):
        write_wav(videos / f"{number}.wav", speech)
    batch = submit(own, videos, tmp_path / "out")
    wait_for(lambda: count(own, batch, "running") == 2, SOON_S, "two run")
    steer(own, "pause")
    paused = {name: video.state for name, video in states(own, batch).items()}
    wait_for(lambda: at_work(own, batch) == 0, SOON_S, "they end")
    assert "pending" in paused.values()
    assert {name: video.state for name, video in states(own, batch).items()} == {
        name: "pending" if state == "pending" else "done" for name, state in paused.items()
    }


def test_cancel_leaves_no_half_written_file_and_retry_makes_the_rest(
    own: Cli, videos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    batch = submit(own, videos, out)
    wait_for(lambda: count(own, batch, "running") == 2, SOON_S, "two run")
    # One or the other may have ended while the command was on its way, and another begun.
    assert 0 < steer(own, "cancel", batch).moved <= COUNT - 2
    wait_for(lambda: at_work(own, batch) == 0, SOON_S, "none runs")
    assert {video.state for video in states(own, batch).values()} <= {"cancelled", "done"}
    assert own("watch", batch).exit_code == 1
    made = {path for path, video in states(own, batch).items() if video.state == "done"}
    folder = batch_folder(out)
    assert {path.name for path in folder.iterdir() if path.is_dir()} == made
    assert not list(folder.rglob(".attempt-*"))
    again = steer(own, "retry", batch)
    assert again.moved == COUNT - len(made)
    assert own("watch", batch).exit_code == 0
    for number in range(COUNT):
        assert_whole(folder / f"{number}.wav")


def test_one_video_is_paused_and_cancelled_alone(
    own: Cli, videos: Path, speech: NDArray[np.int16], tmp_path: Path
) -> None:
    # The last two are far from their turn while the commands are on their way.
    for number in range(COUNT, 2 * COUNT):
        write_wav(videos / f"{number}.wav", speech)
    batch = submit(own, videos, tmp_path / "out")
    wait_for(lambda: count(own, batch, "running") == 2, SOON_S, "two run")
    pending = [p for p, video in states(own, batch).items() if video.state == "pending"]
    waiting = sorted(pending)[-2:]
    assert steer(own, "pause", batch, waiting[0]).state == "paused"
    assert steer(own, "cancel", batch, waiting[1]).state == "cancelled"
    wait_for(lambda: count(own, batch, "done") == 2 * COUNT - 2, END_S, "the others are done")
    assert states(own, batch)[waiting[0]].state == "paused"
    assert steer(own, "resume", batch, waiting[0]).state in {"pending", "running"}
    assert own("watch", batch).exit_code == 1
    assert states(own, batch)[waiting[0]].state == "done"


def test_a_video_that_kills_its_process_even_alone_is_given_up_and_the_rest_is_made(
    own: Cli, videos: Path, speech: NDArray[np.int16], tmp_path: Path
) -> None:
    for number in range(1, COUNT):
        (videos / f"{number}.wav").unlink()
    write_wav(videos / "poison.wav", np.tile(speech, 24))
    batch = submit(own, videos, tmp_path / "out")
    for death in range(1, 5):

        def transcribes(death: int = death) -> bool:
            poison = states(own, batch)["poison.wav"]
            is_on = poison.state == "running" and poison.stage == "transcribe"
            return is_on and poison.attempts == death and poison.worker is not None

        # The last one waits until the other video is done.
        wait_for(transcribes, END_S, f"try {death} runs", lambda: own.log("worker"))
        os.kill(own.child_of(batch, states(own, batch)["poison.wav"].video_id), signal.SIGSEGV)
        wait_for(lambda: not transcribes(), SOON_S, "it is taken away")
    watched = own("watch", batch)
    assert watched.exit_code == 1, watched.said
    seen = states(own, batch)
    assert (seen["0.wav"].state, seen["poison.wav"].state) == ("done", "dead")
    (letter,) = DeadOut.model_validate_json(own("dead", "list", "--json").out).videos
    assert (letter.path, letter.deaths, letter.stage) == ("poison.wav", 4, "transcribe")
    assert letter.death == "SIGSEGV"
    assert [end.alone for end in letter.evidence] == [False, False, False, True]
    shown = own("dead", "show", "poison.wav")
    assert "death:" in shown.out
    assert "alone: speaks against it" in shown.out
    assert f"videobatch submit {videos / 'poison.wav'}" in shown.out
    (whole,) = DeadOut.model_validate_json(own("dead", "show", "poison.wav", "--json").out).videos
    assert len(whole.content_hash or "") == 64
    dropped = own("dead", "drop", "poison.wav", "--json")
    assert SteerOut.model_validate_json(dropped.out).state == "failed", dropped.said
    assert DeadOut.model_validate_json(own("dead", "list", "--json").out).videos == ()
    assert states(own, batch)["poison.wav"].state == "failed"
