"""One attempt over a real ledger: what each way to end leaves of video, files and report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from controllers.loop import resume_what_can_go_on
from tasks import attempt as making
from tasks import completion
from tasks.attempt import attempt
from tasks.completion import PUBLISH_AGAIN_S
from tests.support.attempts import NAME, SOON_S, World
from tests.support.keys import KEYS
from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.outputs import assert_whole, report_of
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.errors import (
    BudgetError,
    LedgerError,
    PermanentError,
    ThrottledError,
    TransientError,
    VideobatchError,
)
from videobatch.media.files import umask
from videobatch.media.files.atomic import DISK_FULL
from videobatch.pipeline.outputs.publication import publish
from videobatch.pipeline.runner import run
from videobatch.records import Claim, ErrorKind, ErrorRecord, Pause, VideoState
from videobatch.state.ledger import NewVideo, folders

RECIPE = Recipe(
    seconds=6.0,
    scenes=Scenes(changes_s=(3.0,), fps=5, gop=15),
    sound=Sound(voiced=((0.2, 1.4), (4.0, 5.4))),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(tmp_path_factory.mktemp("in") / NAME, RECIPE)


@pytest.fixture
def world(redis_server: RedisServer, path: Path, tmp_path: Path) -> Iterator[World]:
    made = World(redis_server.url, path, tmp_path / "out")
    yield made
    made.client.close()


def each_time(error: Exception) -> Callable[[object], None]:
    def fails(_segment: object) -> None:
        raise error

    return fails


def test_done(world: World) -> None:
    world.attempt()
    assert_whole(world.folder)
    assert world.attempt_dirs() == []
    video = world.video
    assert (video.state, video.attempts, video.error) == (VideoState.DONE, 1, None)
    assert video.result is not None
    assert (video.result.keyframes, world.stub.heard) == (2, [0, 1])
    assert world.held() == []
    assert not world.client.exists(KEYS.checkpoints("b", "v"))
    assert world.abandoned == 0


def test_the_report_is_written_when_the_batch_ends(world: World) -> None:
    world.attempt()
    assert report_of(world.out)[NAME]["state"] == "done"
    assert "| done |" in (world.out / "report.md").read_text()
    assert world.ledger.reports_due() == {}


def test_no_report_while_videos_are_open(world: World) -> None:
    world.ledger.add_videos("b", [NewVideo("later", world.video.job)])
    world.attempt()
    assert world.video.state is VideoState.DONE
    assert not (world.out / "report.md").exists()


def test_a_report_that_cannot_be_written_stays_due(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    (world.out / "report.md" / "in the way").mkdir(parents=True)
    world.attempt()
    assert world.video.state is VideoState.DONE
    assert "the report of b is not written" in caplog.text
    assert set(world.ledger.reports_due()) == {"b"}


def test_a_ledger_that_fails_after_the_end_ends_no_process(world: World) -> None:
    world.client.set(KEYS.reports, "not a hash")
    claim = world.claim()
    world.ledger.add_videos("b", [NewVideo("later", world.video.job)])  # the batch stays open
    world.attempt(claim)
    assert world.video.state is VideoState.DONE
    assert world.abandoned == 0


def test_partial(redis_server: RedisServer, tmp_path: Path) -> None:
    whole = Recipe(seconds=20.0, options={"movflags": "+faststart"})
    path = make_media(tmp_path / "cut.mp4", whole)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    world = World(redis_server.url, path, tmp_path / "out")
    world.attempt()
    assert world.video.state is VideoState.PARTIAL
    assert world.video.result is not None
    assert str(world.video.result.note).startswith("the file stops after")
    assert report_of(world.out)[NAME]["note"] == world.video.result.note
    assert_whole(world.folder)


def test_an_input_that_is_none(redis_server: RedisServer, tmp_path: Path) -> None:
    path = tmp_path / "text.mkv"
    path.write_text("hello, this is no video\n")
    world = World(redis_server.url, path, tmp_path / "out")
    world.attempt()
    assert (world.video.state, world.error.code) == (VideoState.FAILED, "not_media")
    assert not world.folder.exists()
    assert report_of(world.out)[NAME]["error"]["code"] == "not_media"


def test_a_permanent_error_is_the_end(world: World) -> None:
    world.stub.on_segment = each_time(PermanentError("it gave up", hint="do this", code="broken"))
    world.attempt()
    assert world.video.state is VideoState.FAILED
    assert world.error == ErrorRecord(ErrorKind.PERMANENT, "broken", "it gave up", "do this")
    assert not world.folder.exists()
    assert world.held() == []
    assert report_of(world.out)[NAME]["error"]["message"] == "it gave up"


def test_a_transient_error_is_tried_again_and_nothing_is_done_twice(world: World) -> None:
    def fails_once(segment: object) -> None:
        if world.stub.heard == [0, 1]:
            raise TransientError("not now", code="flaky")

    world.stub.on_segment = fails_once
    world.attempt()
    assert (world.video.state, world.error.code) == (VideoState.WAITING, "flaky")
    assert world.held() == []
    wait_for(world.is_due, SOON_S, "the next try is due")
    world.attempt()
    assert (world.video.state, world.video.attempts) == (VideoState.DONE, 2)
    assert world.stub.heard == [0, 1, 1]
    assert_whole(world.folder)


def test_an_error_that_stays_ends_after_all_tries(world: World) -> None:
    world.stub.on_segment = each_time(TransientError("not now", code="flaky"))
    for _ in range(2):
        world.attempt()
        wait_for(world.is_due, SOON_S, "the next try is due")
    world.attempt()
    assert (world.video.state, world.video.attempts) == (VideoState.FAILED, 3)
    assert (world.error.kind, world.error.code) == (ErrorKind.TRANSIENT, "flaky")
    assert not world.folder.exists()


def test_being_throttled_spends_no_attempt(world: World) -> None:
    world.stub.on_segment = each_time(ThrottledError("slow down", retry_after_s=60.0))
    world.attempt()
    assert (world.video.state, world.video.attempts) == (VideoState.WAITING, 0)
    due_ms = world.client.zscore(KEYS.waiting, "b/v")
    assert isinstance(due_ms, float)
    assert due_ms / 1000 - world.views.now_s() == pytest.approx(60.0, abs=1.0)


def test_a_used_up_budget_pauses_the_batch_until_it_begins_anew(world: World) -> None:
    reset_s = world.views.now_s() + 3600.0
    error = BudgetError("the money of today is spent", reset_s=reset_s)
    world.stub.on_segment = each_time(error)
    world.attempt()
    batch = world.views.batch("b")
    assert batch is not None
    assert (batch.state, batch.reason) == ("paused", "budget: the money of today is spent")
    assert batch.resume_s == pytest.approx(reset_s, abs=0.01)
    assert (world.video.state, world.video.attempts) == (VideoState.WAITING, 0)
    resume_what_can_go_on(world.ledger, world.views)
    assert world.batch_state == "paused"
    world.ledger.pause_for("b", replace(batch.pauses[0], resume_s=world.views.now_s() - 1))
    resume_what_can_go_on(world.ledger, world.views)
    assert world.batch_state == "open"
    wait_for(world.is_due, SOON_S, "its turn comes")


@pytest.mark.parametrize(
    "error",
    [
        BudgetError("the money of today is spent", reset_s=1.0, scope="all.money_day"),
        TransientError("the disk is full", code=DISK_FULL),
    ],
    ids=lambda error: error.code,
)
def test_a_pause_by_hand_outlives_one_of_the_engine(world: World, error: VideobatchError) -> None:
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
    assert world.batch_state == "open"
    assert not world.client.hexists(KEYS.batch("b"), "halt")


def test_each_quota_that_is_used_up_is_a_reason_of_its_own(world: World) -> None:
    now_s = world.views.now_s()
    tokens = Pause("budget:gemini.a.tokens_day", "no tokens are left", now_s - 1)
    money = Pause("budget:all.money_day", "no money is left", now_s + 3600)
    for pause in (tokens, money):
        world.ledger.pause_for("b", pause)
    resume_what_can_go_on(world.ledger, world.views)
    batch = world.views.batch("b")
    assert batch is not None
    assert (batch.state, batch.pauses) == ("paused", (money,))
    assert batch.resume_s == money.resume_s


def test_the_end_of_a_quota_frees_no_video_that_was_paused_by_itself(world: World) -> None:
    world.ledger.steer("b", "pause", video_id="v")
    world.ledger.pause_for("b", Pause("budget:all.money_day", "no money is left", 1.0))
    resume_what_can_go_on(world.ledger, world.views)
    assert (world.batch_state, world.video.state) == ("open", VideoState.PAUSED)


def test_a_pause_that_was_renewed_since_it_was_read_stays(world: World) -> None:
    before = Pause("budget:all.money_day", "no money is left", 1.0)
    world.ledger.pause_for("b", before)
    world.ledger.pause_for("b", replace(before, resume_s=world.views.now_s() + 3600))
    world.ledger.lift("b", before)
    assert world.batch_state == "paused"


def test_a_cancelled_batch_is_not_paused_by_the_engine(world: World) -> None:
    world.ledger.steer("b", "cancel")
    world.ledger.pause_for("b", Pause(DISK_FULL, "the disk is full"))
    batch = world.views.batch("b")
    assert batch is not None
    assert (batch.state, batch.pauses) == ("cancelled", ())


def test_a_submit_lifts_every_pause(world: World) -> None:
    world.ledger.steer("b", "pause", now=True)
    world.ledger.pause_for("b", Pause(DISK_FULL, "the disk is full"))
    world.ledger.open_batch("b", name="b", out_uri="o", root_uri="r", provider="offline")
    batch = world.views.batch("b")
    assert batch is not None
    assert (batch.state, batch.pauses) == ("open", ())
    assert not world.client.hexists(KEYS.batch("b"), "halt")


def test_an_error_of_ours_is_transient_and_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.stub.on_segment = each_time(ValueError("of latin-\udce9\nand more"))
    world.attempt()
    assert (world.video.state, world.error.kind) == (VideoState.WAITING, ErrorKind.TRANSIENT)
    assert (world.error.code, world.error.message) == (
        "internal",
        r"an unexpected error: ValueError: of latin-\xe9\nand more",
    )
    assert "Traceback" in caplog.text


def test_a_stop_gives_the_video_back_and_spends_nothing(world: World) -> None:
    def stop(_segment: object) -> None:
        world.is_stopping = True

    world.stub.on_segment = stop
    world.attempt()
    video = world.video
    assert (video.state, video.attempts, video.deaths, video.error) == (
        VideoState.PENDING,
        0,
        0,
        None,
    )
    assert world.held() == []
    world.is_stopping, world.stub.on_segment = False, None
    world.attempt()
    assert world.video.state is VideoState.DONE
    assert world.stub.heard == [0, 1]


# Another owner.


def takes_over(world: World, error: Exception | None = None) -> Callable[[object], None]:
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
    world: World, error: Exception | None
) -> None:
    world.stub.on_segment = takes_over(world, error)
    world.attempt()
    assert (world.video.state, world.video.worker, world.video.error) == (
        VideoState.RUNNING,
        "w2",
        None,
    )
    assert world.attempt_dirs() == [world.attempt_dir(world.token)]
    assert (world.attempt_dir(world.token) / "of-another.txt").read_text() == "mine"
    assert world.abandoned == 0


def test_a_stale_owner_that_stops_changes_nothing(world: World) -> None:
    def take_and_stop(segment: object) -> None:
        takes_over(world)(segment)
        world.is_stopping = True

    world.stub.on_segment = take_and_stop
    world.attempt()
    assert (world.video.state, world.video.worker) == (VideoState.RUNNING, "w2")
    assert (world.attempt_dir(world.token) / "of-another.txt").exists()


def test_a_stale_owner_cannot_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def finish_late(*arguments: object) -> object:
        result = run(*arguments)  # type: ignore[arg-type]
        world.taken_by_another()
        return result

    monkeypatch.setattr(making, "run", finish_late)
    world.attempt()
    assert world.video.state is VideoState.RUNNING
    assert world.attempt_dirs() == [world.attempt_dir(world.token)]
    assert not (world.folder / "manifest.json").exists()


def test_two_may_finish_the_same_publish(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(claim: Claim, still_ours: Callable[[], None]) -> None:
        monkeypatch.setattr(completion, "publish", publish)
        world.end_lease()
        world.lose_the_order()
        world.attempt(world.claim("w2", 2))
        publish(claim, still_ours)

    monkeypatch.setattr(completion, "publish", meanwhile)
    world.attempt()
    assert (world.video.state, world.video.attempts) == (VideoState.DONE, 1)
    assert world.stub.heard == [0, 1]
    assert_whole(world.folder)


def test_a_folder_in_which_another_publishes_is_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "ORDER_S", 60.0)
    claim = world.claim()
    with world.ledger.order(claim.job.out_uri):
        world.attempt(claim)
        assert world.state == "committed"
        assert not (world.folder / "manifest.json").exists()
    world.ledger.sweep()  # The wait was longer than its gap.
    world.end_lease()
    world.attempt(world.claim("w2", 2))
    assert world.state == "done"
    assert_whole(world.folder)


def test_who_stood_still_for_too_long_has_lost_the_folder(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "ORDER_S", 0.0)
    with world.ledger.order("file:///o") as still_ours:
        world.lose_the_order()
        with world.ledger.order("file:///o"), pytest.raises(TransientError) as lost:
            still_ours()
        with pytest.raises(TransientError):
            still_ours()  # Somebody was there meanwhile.
    assert lost.value.code == "folder_held"


@pytest.mark.parametrize("mask", [0o022, 0o002, 0o077])
def test_documents_are_of_who_submitted_and_not_of_the_supervisor(world: World, mask: int) -> None:
    claim = world.claim()
    with umask.applied(0o077):
        world.client.hset(KEYS.batch("b"), "umask", mask)
        world.attempt(replace(claim, job=replace(claim.job, umask=mask)))
        assert umask.current() == 0o077
    assert world.state == "done"
    found = {path: path.stat().st_mode & 0o777 for path in world.out.rglob("*")}
    assert world.out / "report.json" in found
    assert {mode for path, mode in found.items() if path.is_file()} == {0o666 & ~mask}
    assert {mode for path, mode in found.items() if path.is_dir()} == {0o777 & ~mask}


# Committed, and not yet in place.


def block(world: World) -> Path:
    """A folder stands where a file is to go."""
    obstacle = world.folder / "transcript.srt"
    (obstacle / "in the way").mkdir(parents=True)
    return obstacle


def test_a_publish_that_fails_is_finished_by_another(world: World) -> None:
    obstacle = block(world)
    claim = world.attempt()
    assert (world.video.state, world.video.attempts) == (VideoState.COMMITTED, 1)
    assert world.held() == []
    assert PUBLISH_AGAIN_S - 1 < world.lease_s() <= PUBLISH_AGAIN_S
    assert world.attempt_dirs() == [world.attempt_dir(claim.token)]
    assert not (world.folder / "manifest.json").exists()

    shutil.rmtree(obstacle)
    world.end_lease()
    again = world.claim("w2", 2)
    assert (again.publish_only, again.token) == (True, claim.token)
    world.attempt(again)
    assert (world.video.state, world.video.attempts) == (VideoState.DONE, 1)
    assert world.stub.heard == [0, 1]
    assert world.attempt_dirs() == []
    assert_whole(world.folder)
    assert report_of(world.out)[NAME]["state"] == "done"


def test_a_publish_that_goes_on_failing_goes_on_being_tried(world: World) -> None:
    block(world)
    world.attempt()
    for pid in (2, 3):
        world.end_lease()
        world.attempt(world.claim("w2", pid))
        assert world.video.state is VideoState.COMMITTED
        assert world.lease_s() > PUBLISH_AGAIN_S - 1
    assert world.attempt_dirs() == [world.attempt_dir(world.token)]


@pytest.mark.parametrize("error", [KeyError("oops"), PermanentError("no")])
def test_a_publish_that_breaks_keeps_the_committed_files(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(completion, "publish", each_time(error))
        world.attempt()
    assert world.state == "committed"
    assert world.held() == []
    assert (world.attempt_dir(world.token) / "manifest.json").exists()
    world.end_lease()
    world.attempt(world.claim("w2", 2))
    assert world.state == "done"
    assert world.stub.heard == [0, 1]
    assert_whole(world.folder)


def test_committed_files_that_are_gone_are_made_again(world: World) -> None:
    obstacle = block(world)
    world.attempt()
    shutil.rmtree(world.folder)
    assert not obstacle.exists()
    world.end_lease()
    world.attempt(world.claim("w2", 2))
    assert (world.video.state, world.error.code) == (VideoState.WAITING, "attempt_lost")
    wait_for(world.is_due, SOON_S, "the next try is due")
    world.attempt()
    assert world.video.state is VideoState.DONE
    assert world.stub.heard == [0, 1], "the segments' checkpoints are kept"
    assert_whole(world.folder)


# A ledger that refuses.


def test_a_ledger_that_refuses_ends_the_process(world: World) -> None:
    def break_ledger(_segment: object) -> None:
        world.client.delete(KEYS.checkpoints("b", "v"))
        world.client.set(KEYS.checkpoints("b", "v"), "not a hash")

    world.stub.on_segment = break_ledger
    world.attempt()
    assert world.abandoned == 1
    # Nothing was decided: the death of the process gives it back.
    assert world.video.state is VideoState.RUNNING
    assert world.held() == ["v"]


def test_a_progress_report_that_is_lost_does_no_harm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away(*_: object) -> None:
        raise LedgerError("Redis does not answer")

    claim, desk = world.claim(), world.desk()
    monkeypatch.setattr(desk.brisk, "progress", is_away)
    attempt(desk, claim)
    assert world.video.state is VideoState.DONE
    assert json.loads((world.folder / "transcript.json").read_text())["utterances"]


def test_what_the_file_turned_out_to_be_is_noted_and_learned(world: World) -> None:
    world.client.hset(KEYS.video("b", "v"), "kind", "sound+speech@200")
    world.attempt()
    assert world.client.hget(KEYS.video("b", "v"), "kind") == "video+speech@300"
    assert not world.client.exists(KEYS.needs("sound+speech@200"))
