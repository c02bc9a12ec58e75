"""The end of an attempt that made no document: tried again, paused, or failed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controllers.duties.resuming import resume_what_can_go_on
from tasks.failure import fail
from tests.support.attempts import NAME, SOON_S, AttemptWorld, each_time
from tests.support.keys import KEYS
from tests.support.outputs import assert_whole, report_of
from tests.support.waiting import wait_for
from videobatch.errors import (
    BudgetError,
    ModelGoneError,
    PermanentError,
    ThrottledError,
    TransientError,
    VideobatchError,
)
from videobatch.media.files.atomic import DISK_FULL
from videobatch.records import ErrorKind, ErrorRecord, GoneModel, VideoState


def test_a_permanent_error_is_the_end(world: AttemptWorld) -> None:
    world.stub.on_segment = each_time(PermanentError("it gave up", hint="do this", code="broken"))
    world.attempt()
    assert world.video().state is VideoState.FAILED
    assert world.error == ErrorRecord(ErrorKind.PERMANENT, "broken", "it gave up", "do this")
    assert not world.folder.exists()
    assert world.held() == []
    assert report_of(world.out)[NAME]["error"]["message"] == "it gave up"


def test_a_transient_error_is_tried_again_and_nothing_is_done_twice(world: AttemptWorld) -> None:
    def fails_once(segment: object) -> None:
        if world.stub.heard == [0, 1]:
            raise TransientError("not now", code="flaky")

    world.stub.on_segment = fails_once
    world.attempt()
    assert (world.video().state, world.error.code) == (VideoState.WAITING, "flaky")
    assert world.held() == []
    wait_for(world.is_due, SOON_S, "the next try is due")
    world.attempt()
    assert (world.video().state, world.video().attempts) == (VideoState.DONE, 2)
    assert world.stub.heard == [0, 1, 1]
    assert_whole(world.folder)


def test_an_error_that_stays_ends_after_all_tries(world: AttemptWorld) -> None:
    world.stub.on_segment = each_time(TransientError("not now", code="flaky"))
    for _ in range(2):
        world.attempt()
        wait_for(world.is_due, SOON_S, "the next try is due")
    world.attempt()
    assert (world.video().state, world.video().attempts) == (VideoState.FAILED, 3)
    assert (world.error.kind, world.error.code) == (ErrorKind.TRANSIENT, "flaky")
    assert not world.folder.exists()


def test_being_throttled_spends_no_attempt(world: AttemptWorld) -> None:
    world.stub.on_segment = each_time(ThrottledError("slow down", retry_after_s=60.0))
    began_s = world.views.now_s()
    world.attempt()
    assert (world.video().state, world.video().attempts) == (VideoState.WAITING, 0)
    due_ms = world.client.zscore(KEYS.waiting, "b/v")
    assert isinstance(due_ms, float)
    assert began_s + 59.9 <= due_ms / 1000 <= world.views.now_s() + 60.1


def test_a_used_up_budget_pauses_the_batch_until_it_begins_anew(world: AttemptWorld) -> None:
    reset_s = world.views.now_s() + 3600.0
    error = BudgetError("the money of today is spent", reset_s=reset_s)
    world.stub.on_segment = each_time(error)
    world.attempt()
    batch = world.views.batch("b")
    assert batch is not None
    assert (batch.state, batch.reason) == ("paused", "budget: the money of today is spent")
    assert batch.resume_s == pytest.approx(reset_s, abs=0.01)
    assert (world.video().state, world.video().attempts) == (VideoState.WAITING, 0)
    resume_what_can_go_on(world.ledger, world.views)
    assert world.batch().state == "paused"
    world.ledger.pause_for("b", replace(batch.pauses[0], resume_s=world.views.now_s() - 1))
    resume_what_can_go_on(world.ledger, world.views)
    assert world.batch().state == "open"
    wait_for(world.is_due, SOON_S, "its turn comes")


def test_a_model_that_hears_and_writes_is_missed_for_both(world: AttemptWorld) -> None:
    claim = world.taken("w1", 1)
    settings = {"engine": "gemini", "model": "g", "writer": "gemini", "writer_model": "g"}
    paid = replace(claim, job=replace(claim.job, settings=settings))
    fail(world.desk(), paid, ModelGoneError("g is gone", model="g", hint="name h and resume"))
    batch = world.views.batch("b")
    assert batch is not None
    gone = [GoneModel(group, "gemini", "g") for group in ("speech", "writer")]
    assert [pause.gone_model for pause in batch.pauses] == gone
    both = "set VIDEOBATCH_SPEECH__MODEL and VIDEOBATCH_WRITER__MODEL, then `videobatch resume`"
    assert all(pause.message == f"g is gone; name h and resume: {both}" for pause in batch.pauses)


@pytest.mark.parametrize(
    "named", [[("g", "h")], [("g", "h"), ("h", "i")], [("f", "g"), ("g", "f")]]
)
def test_a_video_that_still_asks_for_the_old_name_pauses_nothing(
    world: AttemptWorld, named: list[tuple[str, str]]
) -> None:
    """The batch was resumed with a successor while the video ran."""
    claim = world.taken("w1", 1)
    job = "f" if named[0][0] == "f" else "g"
    settings = {"engine": "openai", "model": "x", "writer": "gemini", "writer_model": job}
    paid = replace(claim, job=replace(claim.job, settings=settings))
    for gone, successor in named:
        world.ledger.replace_model("b", GoneModel("writer", "gemini", gone), successor)
    fail(world.desk(), paid, ModelGoneError("g is gone", model="g", hint="name h and resume"))
    batch = world.views.batch("b")
    assert batch is not None
    assert (batch.state, batch.pauses) == ("open", ())
    assert (world.video().state, world.video().attempts) == (VideoState.WAITING, 0)
    assert world.alerts.recent(60.0) == []


def test_the_one_of_two_that_has_no_successor_is_waited_for(world: AttemptWorld) -> None:
    claim = world.taken("w1", 1)
    settings = {"engine": "gemini", "model": "g", "writer": "gemini", "writer_model": "g"}
    paid = replace(claim, job=replace(claim.job, settings=settings))
    world.ledger.replace_model("b", GoneModel("speech", "gemini", "g"), "h")
    fail(world.desk(), paid, ModelGoneError("g is gone", model="g", hint="name h and resume"))
    batch = world.views.batch("b")
    assert batch is not None
    assert [pause.gone_model for pause in batch.pauses] == [GoneModel("writer", "gemini", "g")]


def test_a_model_that_is_gone_pauses_the_batch_until_a_person_names_another(
    world: AttemptWorld,
) -> None:
    said = "s.test does not serve old (HTTP 404): gone"
    error = ModelGoneError(said, model="old", hint="name its successor, new, and resume")
    world.stub.on_segment = each_time(error)
    world.attempt()
    batch = world.views.batch("b")
    assert batch is not None
    # The job names no such model: whether it was to hear or to write, nobody guesses.
    assert batch.reason == f"model: {said}; name its successor, new, and resume"
    assert [pause.gone_model for pause in batch.pauses] == [None]
    assert (batch.state, batch.resume_s) == ("paused", None)
    assert (world.video().state, world.video().attempts) == (VideoState.WAITING, 0)
    resume_what_can_go_on(world.ledger, world.views)
    assert world.batch().state == "paused"
    assert [alert.code for alert in world.alerts.recent(60.0)] == ["model_gone"]


@pytest.mark.parametrize(
    "error",
    [
        BudgetError("the money of today is spent", reset_s=1.0, scope="all.money_day"),
        TransientError("the disk is full", code=DISK_FULL),
    ],
    ids=lambda error: error.code,
)
def test_a_pause_by_hand_outlives_one_of_the_engine(
    world: AttemptWorld, error: VideobatchError
) -> None:
    def meet_it(_segment: object) -> None:
        world.ledger.steer("b", "pause", now=True)
        raise error

    world.stub.on_segment = meet_it
    world.attempt()
    batch = world.views.batch("b")
    assert batch is not None
    assert [pause.kind for pause in batch.pauses] in (["person", "budget"], ["person", "disk_full"])
    assert world.client.hget(KEYS.batch("b"), "halt") == "1", "what runs shall stop, still"
    resume_what_can_go_on(world.ledger, world.views)
    left = world.views.batch("b")
    assert left is not None
    assert (left.state, left.reason) == ("paused", "by hand")
    world.ledger.steer("b", "resume")
    assert world.batch().state == "open"
    assert not world.client.hexists(KEYS.batch("b"), "halt")


def test_an_error_of_ours_is_transient_and_logged(
    world: AttemptWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.stub.on_segment = each_time(ValueError("of latin-\udce9\nand more"))
    world.attempt()
    assert (world.video().state, world.error.kind) == (VideoState.WAITING, ErrorKind.TRANSIENT)
    assert (world.error.code, world.error.message) == (
        "internal",
        r"an unexpected error: ValueError: of latin-\xe9\nand more",
    )
    assert "Traceback" in caplog.text
