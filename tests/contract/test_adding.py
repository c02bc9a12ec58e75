"""A second submit of a batch that is being made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from tests.support.world import VIDEO, World
from videobatch.errors import HaltedError, StaleTokenError
from videobatch.records import (
    Claim,
    ErrorKind,
    ErrorRecord,
    Stage,
    VideoJob,
    VideoResult,
    VideoState,
    token_order,
)
from videobatch.state.connection import connect
from videobatch.state.ledger import NewVideo

pytestmark = pytest.mark.real

JOB = VideoJob("v", "file:///a", "file:///", "file:///o", "summary_report", "fp")
OTHER = replace(JOB, fingerprint="fp-2")
SALTED = replace(JOB, salt="5a17")
LARGER = replace(JOB, size_bytes=2)
TOUCHED = replace(JOB, mtime_ns=2)
ERROR = ErrorRecord(ErrorKind.TRANSIENT, "x", "it broke")
RESULT = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, ".attempt-1")


class Submits(World):
    """A batch with one video, which is submitted again and again."""

    def make(self) -> None:
        """Brings the only video to its end."""
        self.finish(self.take())

    def submit(self, job: VideoJob) -> str:
        return self.add(NewVideo(VIDEO, job))[VIDEO]


@pytest.fixture
def world(redis_server: RedisServer) -> Iterator[Submits]:
    with connect(redis_server.url) as client:
        made = Submits(client, patience_s=1)
        made.open()
        made.submit(JOB)
        yield made


def test_what_was_made_while_it_was_planned_is_not_made_again(world: Submits) -> None:
    planned_s = world.views.now_s()
    world.make()
    answers = world.ledger.add_videos("b", [NewVideo("v", JOB)], planned_s=planned_s)
    assert (answers, world.state()) == ({"v": "open"}, VideoState.DONE)


def test_what_was_made_before_and_is_gone_is_made_again(world: Submits) -> None:
    world.make()
    planned_s = world.views.now_s() + 0.001
    answers = world.ledger.add_videos("b", [NewVideo("v", JOB)], planned_s=planned_s)
    assert (answers, world.state()) == ({"v": "again"}, VideoState.PENDING)


@pytest.mark.parametrize("again", [NewVideo("v", OTHER), NewVideo("v", JOB, result=RESULT)])
def test_another_wish_or_a_document_that_was_found_counts(world: Submits, again: NewVideo) -> None:
    planned_s = world.views.now_s()
    world.make()
    assert world.ledger.add_videos("b", [again], planned_s=planned_s) == {"v": "again"}


def test_a_forced_submit_makes_it_again(world: Submits) -> None:
    world.make()
    assert world.ledger.add_videos("b", [NewVideo("v", JOB)]) == {"v": "again"}
    assert world.state() is VideoState.PENDING


def lapses(world: Submits, _: Claim) -> None:
    world.lapse()


def lapses_and_is_paused(world: Submits, _: Claim) -> None:
    world.lapse()
    world.ledger.steer("b", "pause", video_id="v")


def lapses_and_is_cancelled(world: Submits, _: Claim) -> None:
    world.lapse()
    world.ledger.steer("b", "cancel", video_id="v")


def waits(world: Submits, claim: Claim) -> None:
    world.ledger.fail(claim, ERROR, retry_after_s=60.0)


def fails(world: Submits, claim: Claim) -> None:
    world.ledger.fail(claim, ERROR, retry_after_s=None)


def is_given_back(world: Submits, claim: Claim) -> None:
    world.ledger.give_back(claim)


ENDS = [lapses, lapses_and_is_paused, lapses_and_is_cancelled, waits, fails, is_given_back]


def writes(world: Submits, claim: Claim) -> dict[str, Callable[[], object]]:
    """All that an owner may write."""
    ledger = world.ledger
    return {
        "checkpoint": lambda: ledger.checkpoint(claim, "transcribe", "of the old wish"),
        "progress": lambda: ledger.progress(claim, Stage.WRITE, 0, 1),
        "commit": lambda: ledger.commit(claim, RESULT),
        "published": lambda: ledger.published(claim),
        "fail": lambda: ledger.fail(claim, ERROR, retry_after_s=1.0),
        "fail for good": lambda: ledger.fail(claim, ERROR, retry_after_s=None),
        "take back": lambda: ledger.take_back(claim, ERROR, retry_after_s=1.0),
    }


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("job", [OTHER, SALTED, LARGER, TOUCHED])
def test_another_wish_or_file_ends_every_earlier_token(
    world: Submits, end: Callable[[Submits, Claim], None], job: VideoJob
) -> None:
    old = world.take()
    world.ledger.checkpoint(old, "probe", "{}")
    end(world, old)
    assert world.submit(job) in {"open", "again"}
    state = world.state()
    for held in world.ledger.held("w"):
        assert world.ledger.renew("w", [held]) == ["b/v"]
    for name, write in writes(world, old).items():
        with pytest.raises(StaleTokenError):
            write()
        assert world.state() is state, name
    assert world.ledger.give_back(old) == ""
    # Checkpoints of another wish are gone; those of another file, its next reader finds out.
    assert set(world.checkpoints()) == ({"probe"} if job.wish == JOB.wish else set())
    world.ledger.steer("b", "resume")
    if state is not VideoState.WAITING:
        new = world.take(pid=2)
        assert new.job == job
        assert (new.attempt, token_order(new.token) > token_order(old.token)) == (1, True)


@pytest.mark.parametrize("end", [fails, lapses_and_is_cancelled])
def test_a_retry_by_hand_ends_every_earlier_token(
    world: Submits, end: Callable[[Submits, Claim], None]
) -> None:
    old = world.take()
    end(world, old)
    assert world.ledger.retry("b", "v") == "pending"
    for write in writes(world, old).values():
        with pytest.raises(StaleTokenError):
            write()


def test_a_submit_of_the_same_lets_a_lapsed_lease_be_regained(world: Submits) -> None:
    claim = world.take()
    world.lapse()
    assert world.submit(JOB) == "open"
    world.ledger.checkpoint(claim, "probe", "{}")
    assert world.state() is VideoState.RUNNING


@pytest.mark.parametrize("is_committed", [False, True])
@pytest.mark.parametrize(
    ("job", "answer"),
    [(JOB, "open"), (OTHER, "busy"), (SALTED, "busy"), (LARGER, "busy"), (TOUCHED, "busy")],
)
def test_what_runs_is_busy_with_another_wish_or_file(
    world: Submits, job: VideoJob, answer: str, is_committed: bool
) -> None:
    claim = world.take()
    if is_committed:
        world.ledger.commit(claim, RESULT)
    assert world.submit(job) == answer
    assert world.take().job == JOB


def test_another_file_that_came_while_it_was_made_is_made_again(world: Submits) -> None:
    planned_s = world.views.now_s()
    world.make()
    answers = world.ledger.add_videos("b", [NewVideo("v", TOUCHED)], planned_s=planned_s)
    assert answers == {"v": "again"}


def test_a_submit_takes_the_cancel_of_a_running_video_back(world: Submits) -> None:
    claim = world.take()
    world.ledger.steer("b", "cancel", video_id="v")
    with pytest.raises(HaltedError):
        world.ledger.checkpoint(claim, "probe", "{}")
    assert world.submit(JOB) == "open"
    world.ledger.checkpoint(claim, "frames", "{}")
    assert world.ledger.give_back(claim) == "pending"


def test_a_video_from_before_there_were_identities_is_told_by_its_fingerprint(
    world: Submits,
) -> None:
    world.take()
    world.client.hdel(KEYS.video("b", "v"), "identity", "wished_ms")
    assert (world.submit(OTHER), world.submit(TOUCHED)) == ("busy", "open")
