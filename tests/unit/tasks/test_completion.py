"""Committed files on their way into place, whoever and whatever is in the way."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks import completion
from tasks.completion import PUBLISH_AGAIN_S
from tests.support.attempts import NAME, SOON_S, AttemptWorld, each_time
from tests.support.outputs import assert_whole, report_of
from tests.support.waiting import wait_for
from videobatch.errors import (
    PermanentError,
    TransientError,
)
from videobatch.pipeline.outputs.publication import publish
from videobatch.records import Claim, VideoState
from videobatch.state.ledger import folders


def block(world: AttemptWorld) -> Path:
    """A folder stands where a file is to go."""
    obstacle = world.folder / "transcript.srt"
    (obstacle / "in the way").mkdir(parents=True)
    return obstacle


def test_a_publish_that_fails_is_finished_by_another(world: AttemptWorld) -> None:
    obstacle = block(world)
    claim = world.attempt()
    assert (world.video().state, world.video().attempts) == (VideoState.COMMITTED, 1)
    assert world.held() == []
    assert PUBLISH_AGAIN_S - 1 < world.lease_s() <= PUBLISH_AGAIN_S
    assert world.attempt_dirs() == [world.attempt_dir(claim.token)]
    assert not (world.folder / "manifest.json").exists()

    shutil.rmtree(obstacle)
    world.end_lease()
    again = world.taken("w2", 2)
    assert (again.publish_only, again.token) == (True, claim.token)
    world.attempt(again)
    assert (world.video().state, world.video().attempts) == (VideoState.DONE, 1)
    assert world.stub.heard == [0, 1]
    assert world.attempt_dirs() == []
    assert_whole(world.folder)
    assert report_of(world.out)[NAME]["state"] == "done"


def test_a_publish_that_goes_on_failing_goes_on_being_tried(world: AttemptWorld) -> None:
    block(world)
    world.attempt()
    for pid in (2, 3):
        world.end_lease()
        world.attempt(world.taken("w2", pid))
        assert world.video().state is VideoState.COMMITTED
        assert world.lease_s() > PUBLISH_AGAIN_S - 1
    assert world.attempt_dirs() == [world.attempt_dir(world.token)]


@pytest.mark.parametrize("error", [KeyError("oops"), PermanentError("no")])
def test_a_publish_that_breaks_keeps_the_committed_files(
    world: AttemptWorld, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(completion, "publish", each_time(error))
        world.attempt()
    assert world.state() == "committed"
    assert world.held() == []
    assert (world.attempt_dir(world.token) / "manifest.json").exists()
    world.end_lease()
    world.attempt(world.taken("w2", 2))
    assert world.state() == "done"
    assert world.stub.heard == [0, 1]
    assert_whole(world.folder)


def test_committed_files_that_are_gone_are_made_again(world: AttemptWorld) -> None:
    obstacle = block(world)
    world.attempt()
    shutil.rmtree(world.folder)
    assert not obstacle.exists()
    world.end_lease()
    world.attempt(world.taken("w2", 2))
    assert (world.video().state, world.error.code) == (VideoState.WAITING, "attempt_lost")
    wait_for(world.is_due, SOON_S, "the next try is due")
    world.attempt()
    assert world.video().state is VideoState.DONE
    assert world.stub.heard == [0, 1], "the segments' checkpoints are kept"
    assert_whole(world.folder)


def test_two_may_finish_the_same_publish(
    world: AttemptWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(claim: Claim, still_ours: Callable[[], None]) -> None:
        monkeypatch.setattr(completion, "publish", publish)
        world.end_lease()
        world.lose_the_order()
        world.attempt(world.taken("w2", 2))
        publish(claim, still_ours)

    monkeypatch.setattr(completion, "publish", meanwhile)
    world.attempt()
    assert (world.video().state, world.video().attempts) == (VideoState.DONE, 1)
    assert world.stub.heard == [0, 1]
    assert_whole(world.folder)


def test_a_folder_in_which_another_publishes_is_waited_for(
    world: AttemptWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "ORDER_S", 60.0)
    claim = world.taken()
    with world.ledger.order(claim.job.out_uri):
        world.attempt(claim)
        assert world.state() == "committed"
        assert not (world.folder / "manifest.json").exists()
    world.end_lease()
    world.attempt(world.taken("w2", 2))
    assert world.state() == "done"
    assert_whole(world.folder)


def test_who_stood_still_for_too_long_has_lost_the_folder(
    world: AttemptWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "ORDER_S", 0.0)
    with world.ledger.order("file:///o") as still_ours:
        world.lose_the_order()
        with world.ledger.order("file:///o"), pytest.raises(TransientError) as lost:
            still_ours()
        with pytest.raises(TransientError):
            still_ours()  # Somebody was there meanwhile.
    assert lost.value.code == "folder_held"
