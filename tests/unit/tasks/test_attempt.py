"""One attempt from the claim on: what it leaves of video, files and report."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks import attempt as making
from tasks.attempt import attempt
from tests.support.attempts import NAME, AttemptWorld
from tests.support.fake_redis import fake_redis
from tests.support.keys import KEYS
from tests.support.media import Recipe, make_media
from tests.support.outputs import assert_whole, report_of
from videobatch.errors import (
    LedgerError,
    PermanentError,
    TransientError,
)
from videobatch.media.files import umask
from videobatch.pipeline.stages.runner import run
from videobatch.records import VideoState
from videobatch.state.ledger import NewVideo


def test_done(world: AttemptWorld) -> None:
    world.attempt()
    assert_whole(world.folder)
    assert world.attempt_dirs() == []
    video = world.video()
    assert (video.state, video.attempts, video.error) == (VideoState.DONE, 1, None)
    assert video.result is not None
    assert (video.result.keyframes, world.stub.heard) == (2, [0, 1])
    assert world.held() == []
    assert not world.client.exists(KEYS.checkpoints("b", "v"))
    assert world.abandoned == 0


def test_the_report_is_written_when_the_batch_ends(world: AttemptWorld) -> None:
    world.attempt()
    assert report_of(world.out)[NAME]["state"] == "done"
    assert "| done |" in (world.out / "report.md").read_text()
    assert world.ledger.reports_due() == {}


def test_no_report_while_videos_are_open(world: AttemptWorld) -> None:
    world.ledger.add_videos("b", [NewVideo("later", world.video().job)])
    world.attempt()
    assert world.video().state is VideoState.DONE
    assert not (world.out / "report.md").exists()


def test_a_report_that_cannot_be_written_stays_due(
    world: AttemptWorld, caplog: pytest.LogCaptureFixture
) -> None:
    (world.out / "report.md" / "in the way").mkdir(parents=True)
    world.attempt()
    assert world.video().state is VideoState.DONE
    assert "the report of b is not written" in caplog.text
    assert set(world.ledger.reports_due()) == {"b"}


def test_a_ledger_that_fails_after_the_end_ends_no_process(world: AttemptWorld) -> None:
    world.client.set(KEYS.reports, "not a hash")
    claim = world.taken()
    world.ledger.add_videos("b", [NewVideo("later", world.video().job)])  # the batch stays open
    world.attempt(claim)
    assert world.video().state is VideoState.DONE
    assert world.abandoned == 0


def test_partial(tmp_path: Path) -> None:
    whole = Recipe(seconds=20.0, options={"movflags": "+faststart"})
    path = make_media(tmp_path / "cut.mp4", whole)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    world = AttemptWorld(fake_redis(), path, tmp_path / "out")
    world.attempt()
    assert world.state() is VideoState.PARTIAL
    result = world.video().result
    assert result is not None
    assert str(result.note).startswith("the file stops after")
    assert report_of(world.out)[NAME]["note"] == result.note
    assert_whole(world.folder)


def test_an_input_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "text.mkv"
    path.write_text("hello, this is no video\n")
    world = AttemptWorld(fake_redis(), path, tmp_path / "out")
    world.attempt()
    assert (world.video().state, world.error.code) == (VideoState.FAILED, "not_media")
    assert not world.folder.exists()
    assert report_of(world.out)[NAME]["error"]["code"] == "not_media"


def test_a_stop_gives_the_video_back_and_spends_nothing(world: AttemptWorld) -> None:
    def stop(_segment: object) -> None:
        world.is_stopping = True

    world.stub.on_segment = stop
    world.attempt()
    video = world.video()
    assert (video.state, video.attempts, video.deaths, video.error) == (
        VideoState.PENDING,
        0,
        0,
        None,
    )
    assert world.held() == []
    world.is_stopping, world.stub.on_segment = False, None
    world.attempt()
    assert world.video().state is VideoState.DONE
    assert world.stub.heard == [0, 1]


@pytest.mark.parametrize("mask", [0o022, 0o002, 0o077])
def test_documents_are_of_who_submitted_and_not_of_the_supervisor(
    world: AttemptWorld, mask: int
) -> None:
    claim = world.taken()
    with umask.applied(0o077):
        world.client.hset(KEYS.batch("b"), "umask", mask)
        world.attempt(replace(claim, job=replace(claim.job, umask=mask)))
        assert umask.current() == 0o077
    assert world.state() == "done"
    found = {path: path.stat().st_mode & 0o777 for path in world.out.rglob("*")}
    assert world.out / "report.json" in found
    assert {mode for path, mode in found.items() if path.is_file()} == {0o666 & ~mask}
    assert {mode for path, mode in found.items() if path.is_dir()} == {0o777 & ~mask}


# Another owner.


def takes_over(world: AttemptWorld, error: Exception | None = None) -> Callable[[object], None]:
    """In the middle of the first segment another worker takes the video."""

    def take(_segment: object) -> None:
        world.taken_by_another()
        if error is not None:
            raise error

    return take


@pytest.mark.parametrize(
    "error", [None, PermanentError("too late"), TransientError("too late"), KeyError("too late")]
)
def test_a_stale_owner_changes_nothing_of_the_new_one(
    world: AttemptWorld, error: Exception | None
) -> None:
    world.stub.on_segment = takes_over(world, error)
    world.attempt()
    assert (world.video().state, world.video().worker, world.video().error) == (
        VideoState.RUNNING,
        "w2",
        None,
    )
    assert world.attempt_dirs() == [world.attempt_dir(world.token)]
    assert (world.attempt_dir(world.token) / "of-another.txt").read_text() == "mine"
    assert world.abandoned == 0


def test_a_stale_owner_that_stops_changes_nothing(world: AttemptWorld) -> None:
    def take_and_stop(segment: object) -> None:
        takes_over(world)(segment)
        world.is_stopping = True

    world.stub.on_segment = take_and_stop
    world.attempt()
    assert (world.video().state, world.video().worker) == (VideoState.RUNNING, "w2")
    assert (world.attempt_dir(world.token) / "of-another.txt").exists()


def test_a_stale_owner_cannot_commit(world: AttemptWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def finish_late(*arguments: object) -> object:
        result = run(*arguments)  # type: ignore[arg-type]
        world.taken_by_another()
        return result

    monkeypatch.setattr(making, "run", finish_late)
    world.attempt()
    assert world.video().state is VideoState.RUNNING
    assert world.attempt_dirs() == [world.attempt_dir(world.token)]
    assert not (world.folder / "manifest.json").exists()


# A ledger that refuses.


def test_a_ledger_that_refuses_ends_the_process(world: AttemptWorld) -> None:
    def break_ledger(_segment: object) -> None:
        world.client.delete(KEYS.checkpoints("b", "v"))
        world.client.set(KEYS.checkpoints("b", "v"), "not a hash")

    world.stub.on_segment = break_ledger
    world.attempt()
    assert world.abandoned == 1
    # Nothing was decided: the death of the process gives it back.
    assert world.video().state is VideoState.RUNNING
    assert world.held() == ["v"]


def test_a_progress_report_that_is_lost_does_no_harm(
    world: AttemptWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away(*_: object) -> None:
        raise LedgerError("Redis does not answer")

    claim, desk = world.taken(), world.desk()
    monkeypatch.setattr(desk.brisk, "progress", is_away)
    attempt(desk, claim)
    assert world.video().state is VideoState.DONE
    assert json.loads((world.folder / "transcript.json").read_text())["utterances"]


def test_what_the_file_turned_out_to_be_is_noted_and_learned(world: AttemptWorld) -> None:
    world.client.hset(KEYS.video("b", "v"), "kind", "sound+speech@200")
    world.attempt()
    assert world.client.hget(KEYS.video("b", "v"), "kind") == "video+speech@300"
    assert not world.client.exists(KEYS.needs("sound+speech@200"))
