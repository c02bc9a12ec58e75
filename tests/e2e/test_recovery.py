"""A Redis that came back empty is noticed, and the ledger rebuilt from the output folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from cli.shared.schema import RecoverOut
from tests.support.cli import stack
from tests.support.media import Recipe, make_media
from tests.support.outputs import assert_whole, batch_folder
from tests.support.speech import synthesise, write_wav
from tests.support.waiting import wait_for
from videobatch.records import VideoState

pytestmark = pytest.mark.real

SPOKEN = "the bird can see the river from the tree and the water is cold in the morning. "
SOON_S = 300.0


def test_an_empty_redis_is_said_plainly_and_recovered(tmp_path: Path) -> None:
    videos, out, home = tmp_path / "videos", tmp_path / "out", tmp_path / "home"
    videos.mkdir()
    make_media(videos / "done.mp4", Recipe())
    (videos / "zero.mp4").touch()
    # Two segments: one is done when the data is lost.
    write_wav(videos / "long.wav", np.tile(synthesise(SPOKEN * 5), 3))
    with stack(home) as cli:
        submitted = cli("submit", videos, "--out", out, "--detach", "--json")
        assert submitted.exit_code == 0, submitted.said
        batch = submitted.json["batch"]

        def is_half_done() -> bool:
            with cli.views() as views:
                seen = {video.name: video for video in views.all_videos(batch)}
            long = seen["long.wav"]
            return seen["done.mp4"].state is VideoState.DONE and long.done > 0

        wait_for(is_half_done, SOON_S, "one is done, a segment of the other")
        assert cli("down").exit_code == 0
        copies = list((batch_folder(out) / "long.wav").glob(".checkpoints-*.jsonl"))
        assert len(copies) == 1
        shutil.rmtree(home / "redis")
        assert cli("up").exit_code == 0
        lost = cli("status")
        assert "Redis has lost its data" in lost.err
        assert "videobatch recover OUT" in lost.err
        assert "There are no batches" in lost.out
        answer = cli("recover", out, "--json")
        assert answer.exit_code == 0, answer.said
        (found,) = RecoverOut.model_validate_json(answer.out).batches
        assert (found.batch, found.videos, found.made, found.torn) == (batch, 3, 1, 0)
        assert found.state == "paused"
        resumed = cli("resume", batch)
        assert resumed.exit_code == 0, resumed.said
        watched = cli("watch", batch)
        assert watched.exit_code == 1, watched.said
        assert "lost its data" not in watched.err
        with cli.views() as views:
            states = {video.name: video.state for video in views.all_videos(batch)}
        assert states == {
            "done.mp4": VideoState.DONE,
            "zero.mp4": VideoState.FAILED,
            "long.wav": VideoState.DONE,
        }
        log = cli.log("worker").splitlines()
        done = [line for line in log if "long.wav" in line and "segment 0 " in line]
    assert_whole(batch_folder(out) / "long.wav")
    assert len(done) == 1, "the first segment was recognised twice"
