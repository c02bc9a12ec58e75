"""What `recover` brings back, and what it leaves as it is."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
import typer
from typer.testing import CliRunner

from cli.mend import recover as recovering
from cli.mend import steer as steering
from cli.mend.noting import noting
from cli.shared.books import Books
from cli.shared.schema import RecoveredBatch, RecoverOut
from tests.support.keys import STACK_KEYS
from tests.support.submissions import make_document as make
from videobatch.paths import from_uri, to_uri
from videobatch.records import VideoState
from videobatch.state.ledger import NewVideo
from videobatch.submission.accepted import NAME, AcceptedBatch, note, remembered
from videobatch.submission.inputs import InputFile
from videobatch.submission.plan import plan_video
from videobatch.submission.wish import Wish

WISH = Wish("summary_report", "cd" * 32, {}, {})
BATCH = "lectures-1"
DONE, PENDING, CANCELLED, FAILED = (
    VideoState.DONE,
    VideoState.PENDING,
    VideoState.CANCELLED,
    VideoState.FAILED,
)
CONTENT = b"moving pictures"


@dataclass
class World:
    """A batch of three videos in an output folder, the first of which is made."""

    books: Books
    top: Path
    runner: CliRunner

    @property
    def out(self) -> Path:
        return self.top / "out"

    @property
    def folder(self) -> Path:
        return self.out / BATCH

    def videos(self) -> list[NewVideo]:
        return [plan_video(self.found(name), self.folder, WISH, force=False) for name in "abc"]

    def found(self, name: str) -> InputFile:
        path = self.top / "videos" / f"{name}.mp4"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(CONTENT)
        os.utime(path, (1, 1))
        return InputFile(f"week/{name}.mp4", path, path.parent, len(CONTENT), 10**9)

    def submit(self) -> None:
        """As `submit` does."""
        about: dict[str, Any] = {
            "name": "lectures",
            "root_uri": to_uri(self.top / "videos"),
            "provider": "x",
        }
        out_uri = to_uri(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        note(self.folder, [AcceptedBatch(batch_id=BATCH, out_uri=out_uri, **about)])
        self.books.ledger.open_batch(BATCH, out_uri=out_uri, **about)
        planned = self.videos()
        note(self.folder, [replace(video, result=None) for video in planned])
        self.books.ledger.add_videos(BATCH, planned)

    def made(self) -> None:
        make(self.videos()[0])

    def lose(self) -> None:
        """Redis is empty."""
        self.books.ledger.store.client.flushall()

    def recover(self, out: Path | None = None, exit_code: int = 0) -> RecoveredBatch:
        app = typer.Typer()
        recovering.register(app)
        ended = self.runner.invoke(app, [str(out or self.out), "--json"])
        assert ended.exit_code == exit_code, ended.output
        (found,) = RecoverOut.model_validate_json(ended.stdout).batches
        return found

    def steer(self, *words: str) -> None:
        app = typer.Typer()
        steering.register(app)
        ended = self.runner.invoke(app, words)
        assert ended.exit_code == 0, ended.output

    def states(self) -> dict[str, VideoState]:
        found = self.books.views.all_videos(BATCH)
        return {
            video.name.removeprefix("week/").removesuffix(".mp4"): video.state for video in found
        }

    @property
    def batch_state(self) -> str:
        found = self.books.views.batch(BATCH)
        assert found is not None
        return found.state

    def everything(self) -> dict[str, Any]:
        """All that stands in Redis, but for what time alone changes."""
        client = self.books.ledger.store.client
        found = {key: _value(client, key) for key in client.scan_iter("*")}
        return {key: value for key, value in found.items() if not key.endswith(":life")}


def _value(client: Any, key: str) -> Any:
    kind = client.type(key)
    read = {
        "hash": client.hgetall,
        "set": client.smembers,
        "string": client.get,
        "zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        "list": lambda key: client.lrange(key, 0, -1),
    }
    return read[kind](key)


@pytest.fixture
def world(books: Books, tmp_path: Path) -> World:
    made = World(books, tmp_path, CliRunner())
    made.submit()
    made.made()
    return made


def test_what_the_ledger_does_not_know_waits_for_a_person(world: World) -> None:
    world.lose()
    found = world.recover()
    assert (found.state, found.videos, found.made, found.open) == ("paused", 3, 1, 2)
    assert world.states() == {"a": DONE, "b": PENDING, "c": PENDING}
    assert world.batch_state == "paused"
    ledger = world.books.ledger
    assert ledger.claim(BATCH, "b", worker="w", host="h", pid=1) is None
    world.steer("resume", BATCH)
    assert ledger.claim(BATCH, "b", worker="w", host="h", pid=1) is not None


@pytest.mark.parametrize("word", ["pause", "cancel"])
def test_what_it_knows_stays_as_it_is(world: World, word: str) -> None:
    world.steer(word, BATCH)
    before = world.everything()
    found = world.recover()
    assert (found.state, found.added) == ("known", 0)
    assert world.everything() == before


def test_a_known_batch_gets_back_the_videos_that_were_lost_alone(world: World) -> None:
    client = world.books.ledger.store.client
    lost = next(v.video_id for v in world.videos() if v.job.name == "week/c.mp4")
    client.zrem(STACK_KEYS.videos(BATCH), lost)
    for shelf in cast("set[str]", client.smembers(STACK_KEYS.shelves)):
        client.zrem(STACK_KEYS.shelf(shelf, BATCH), lost)
    client.delete(STACK_KEYS.video(BATCH, lost))
    client.hincrby(STACK_KEYS.batch(BATCH), "n:pending", -1)
    assert world.states() == {"a": PENDING, "b": PENDING}
    found = world.recover()
    assert (found.state, found.added) == ("known", 1)
    assert world.states() == {"a": PENDING, "b": PENDING, "c": PENDING}
    assert world.batch_state == "open"


def test_what_was_cancelled_stays_cancelled_after_a_loss(world: World) -> None:
    world.steer("cancel", BATCH)
    world.lose()
    found = world.recover()
    assert (found.state, found.made, found.cancelled, found.open) == ("cancelled", 1, 2, 0)
    assert world.states() == {"a": DONE, "b": CANCELLED, "c": CANCELLED}
    assert world.batch_state == "cancelled"
    assert world.recover().state == "known"


def test_of_a_video_that_was_cancelled_and_one_that_was_tried_again(world: World) -> None:
    world.steer("cancel", BATCH, "b.mp4")
    world.steer("cancel", BATCH, "c.mp4")
    world.steer("retry", BATCH, "c.mp4")
    world.lose()
    assert world.recover().state == "paused"
    assert world.states() == {"a": DONE, "b": CANCELLED, "c": PENDING}


def test_a_submit_takes_a_cancel_back(world: World) -> None:
    world.steer("cancel", BATCH)
    world.submit()
    world.lose()
    assert world.recover().state == "paused"
    assert world.states() == {"a": DONE, "b": PENDING, "c": PENDING}


def test_what_was_dropped_and_what_was_forgotten(world: World) -> None:
    ids = {video.job.name: video.video_id for video in world.videos()}
    with noting(world.books, BATCH, "drop") as done:
        done.append(ids["week/b.mp4"])
    world.lose()
    world.recover()
    assert world.states() == {"a": DONE, "b": FAILED, "c": PENDING}
    with noting(world.books, BATCH, "forget") as done:
        done.append("")
    world.lose()
    assert world.recover().state == "forgotten"
    assert world.books.views.batch(BATCH) is None
    world.submit()
    world.lose()
    assert world.recover().videos == 3


def test_a_finished_batch_waits_for_nobody(world: World) -> None:
    for video in world.videos():
        make(video)
    world.lose()
    assert world.recover().state == "finished"
    assert world.batch_state == "open"
    assert world.books.ledger.reports_due().keys() == {BATCH}


def test_a_moved_folder_is_recovered_where_it_is(world: World) -> None:
    world.out.rename(world.top / "moved")
    world.lose()
    found = world.recover(world.top / "moved")
    assert found.moved_from == str(world.folder)
    assert world.states() == {"a": DONE, "b": PENDING, "c": PENDING}
    batch = world.books.views.batch(BATCH)
    assert batch is not None
    assert from_uri(batch.out_uri) == world.top / "moved" / BATCH
    folders = {from_uri(v.job.out_uri).parent for v in world.books.views.all_videos(BATCH)}
    assert folders == {world.top / "moved" / BATCH / "week"}
    assert not world.out.exists()


def test_a_folder_that_was_moved_under_a_ledger_that_knows_it_is_refused(world: World) -> None:
    world.out.rename(world.top / "moved")
    before = world.everything()
    found = world.recover(world.top / "moved", exit_code=1)
    assert found.state == "refused"
    assert "move it back" in str(found.problem)
    assert world.everything() == before


def test_a_copy_is_refused(world: World) -> None:
    shutil.copytree(world.out, world.top / "copy")
    world.lose()
    found = world.recover(world.top / "copy", exit_code=1)
    assert "this is a copy" in str(found.problem)
    assert world.books.views.batch(BATCH) is None


def test_a_line_that_leads_out_of_the_batch_is_none(world: World) -> None:
    for out_uri in (to_uri(world.top / "elsewhere"), f"{to_uri(world.folder)}/../../x"):
        video = world.videos()[1]
        job = replace(video.job, out_uri=out_uri)
        planted = replace(video, video_id=out_uri[-1], job=job)
        note(world.folder, [planted])
    world.lose()
    found = world.recover()
    assert (found.videos, found.torn) == (3, 2)


def test_a_list_of_before_still_reads_and_a_torn_line_is_counted(world: World) -> None:
    lines = (world.folder / NAME).read_bytes()
    assert b'"word"' not in lines
    (world.folder / NAME).write_bytes(lines[:-1] + b"\n{torn")
    world.steer("cancel", BATCH)
    found = remembered(world.folder)
    assert found is not None
    assert (found.torn, found.is_cancelled, len(found.videos)) == (1, True, 3)


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_an_odd_list_or_folder_stops_no_other(world: World, kind: str) -> None:
    other = world.out / "other-1"
    other.mkdir()
    if kind == "link":
        (other / NAME).symlink_to(world.folder / NAME)
        (world.out / "another-1").symlink_to(world.folder)
    else:
        os.mkfifo(other / NAME)
    world.lose()
    app = typer.Typer()
    recovering.register(app)
    ended = world.runner.invoke(app, [str(world.out)])
    assert ended.exit_code == 1
    assert "other-1: " in ended.output
    assert f"`videobatch resume {BATCH}`" in ended.output
    assert world.states() == {"a": DONE, "b": PENDING, "c": PENDING}
