"""A video that is replaced while its batch is made or paused: its document is of the new one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.cli import Cli, stack
from tests.support.outputs import assert_whole, batch_folder, manifest_of
from tests.support.speech import synthesise, write_wav
from tests.support.waiting import wait_for
from videobatch.state.views import VideoView

pytestmark = pytest.mark.real

SOON_S = 300.0
OLD = "the bird can see the river from the tree and the water is cold in the morning. "
NEW = "we go to the market and buy bread and apples for the long winter. "


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cli]:
    with stack(tmp_path / "home", VIDEOBATCH_CONCURRENCY__POLICY="fixed") as cli:
        yield cli


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A talk of some minutes, in a folder of its own; beside that folder a short one."""
    (tmp_path / "videos").mkdir()
    write_wav(tmp_path / "new.wav", synthesise(NEW * 2))
    write_wav(tmp_path / "videos" / "talk.wav", np.tile(synthesise(OLD * 4), 6))
    return tmp_path / "videos" / "talk.wav"


def video(cli: Cli, batch: str) -> VideoView:
    with cli.views() as views:
        (found,) = views.all_videos(batch)
        return found


def has_heard_a_part(cli: Cli, batch: str) -> bool:
    return video(cli, batch).stage == "transcribe" and video(cli, batch).done > 0


def submit(cli: Cli, path: Path, out: Path, *more: str) -> str:
    answer = cli("submit", path.parent, "--out", out, "--json", *more)
    assert answer.exit_code == 0, answer.said
    return str(answer.json["batch"])


def assert_of_the_file(path: Path, out: Path) -> None:
    """Nothing in the document is of the talk that was there before."""
    made = batch_folder(out) / "talk.wav"
    assert_whole(made)
    manifest, status = manifest_of(made), path.stat()
    source = manifest["source"]
    assert source["content_hash"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (source["size_bytes"], source["mtime_ns"]) == (status.st_size, status.st_mtime_ns)
    said = json.loads((made / "transcript.json").read_text())["utterances"]
    assert said
    assert max(each["end_s"] for each in said) <= manifest["duration_s"] + 1
    assert manifest["duration_s"] < 30


@pytest.mark.parametrize("is_paused", [True, False])
def test_the_document_is_of_the_file_that_is_there(
    own: Cli, path: Path, tmp_path: Path, is_paused: bool
) -> None:
    out = tmp_path / "out"
    batch = submit(own, path, out, "--detach")
    wait_for(lambda: has_heard_a_part(own, batch), SOON_S, "a part of it is heard")
    if is_paused:
        assert own("pause", batch, "--now").exit_code == 0
        wait_for(lambda: video(own, batch).state == "pending", SOON_S, "it stops")
    (tmp_path / "new.wav").replace(path)
    if is_paused:
        assert submit(own, path, out) == batch
    else:
        assert own("watch", batch).exit_code == 0
    assert_of_the_file(path, out)
    before = (batch_folder(out) / "talk.wav" / "manifest.json").read_bytes()
    submit(own, path, out)
    assert (batch_folder(out) / "talk.wav" / "manifest.json").read_bytes() == before
