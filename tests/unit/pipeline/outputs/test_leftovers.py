"""What attempts left of videos that will not go on goes, and nothing of one that does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.fake_redis import fake_redis
from tests.support.keys import KEYS
from tests.support.world import VIDEO, WORKER, World
from videobatch.media.files.atomic import attempts, write_group
from videobatch.media.files.folders import Folder
from videobatch.paths import Places, to_uri
from videobatch.pipeline.outputs.copies import add_copy
from videobatch.pipeline.outputs.leftovers import AGAIN_S, clean_leftovers, remove_leftovers
from videobatch.pipeline.outputs.publication import attempt_dir
from videobatch.records import Claim, Death, ErrorKind, ErrorRecord, VideoJob, VideoState
from videobatch.state.ledger import NewVideo
from videobatch.state.store import Store
from videobatch.state.views import Views

ERROR = ErrorRecord(ErrorKind.PERMANENT, "x", "it broke")
WEEK_MS = 7 * 24 * 3600 * 1000


class Left(World):
    """A batch of one video, whose attempt has left something."""

    def __init__(self, top: Path) -> None:
        super().__init__(fake_redis())
        self.folder = top / "b" / "v.mp4"
        self.job = VideoJob(
            "v.mp4", "file:///v", "file:///", to_uri(self.folder), "report", "f" * 16
        )
        self.folder.parent.mkdir()
        self.submit()

    def submit(self) -> None:
        self.open(out=self.folder.parent)
        self.add(NewVideo(VIDEO, self.job))

    def begun(self) -> Claim:
        claim = self.take()
        self.ledger.checkpoint(claim, "probe", "x")
        add_copy(claim, "probe", "x")
        write_group(attempt_dir(claim), [("keyframes/a.jpg", b"x")], own=3)
        return claim

    def killed(self, claim: Claim) -> str:
        """Its process is gone, and the worker has seen it."""
        (held,) = self.ledger.held(WORKER)
        assert held.token == claim.token
        return self.ledger.release_dead(held, Death("SIGSEGV", suspect=True))

    def clean(self, most: int = 5) -> int:
        return clean_leftovers(self.ledger, self.views, most)

    def due_in_ms(self) -> float | None:
        due = self.client.zscore(KEYS.leftovers, "b/v")
        return None if due is None else due - self.views.now_s() * 1000

    def pass_time(self, by_ms: float = WEEK_MS) -> None:
        self.client.zincrby(KEYS.leftovers, -by_ms, "b/v")

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []


@pytest.fixture
def world(tmp_path: Path) -> Left:
    return Left(tmp_path)


def test_a_cancel_whose_child_was_killed_leaves_nothing(world: Left) -> None:
    claim = world.begun()
    world.ledger.steer("b", "cancel")
    assert world.killed(claim) == "cancelled"
    assert len(world.names) == 2
    assert world.clean() == 1
    assert not world.folder.exists()
    assert world.due_in_ms() is None
    assert 0 < world.client.pttl(KEYS.checkpoints("b", "v")) <= WEEK_MS


def test_a_dead_letter_keeps_what_it_has_for_a_week(world: Left) -> None:
    for _ in range(4):
        state = world.killed(world.begun())
    assert state == "dead"
    assert world.clean() == 0
    assert world.names
    assert 0 < (world.due_in_ms() or 0) <= WEEK_MS
    assert 0 < world.client.pttl(KEYS.checkpoints("b", "v")) <= WEEK_MS
    world.pass_time()
    assert world.clean() == 1
    assert not world.folder.exists()
    assert world.ledger.retry("b", "v") == "pending"


def test_a_dropped_one_goes_at_once(world: Left) -> None:
    for _ in range(4):
        world.killed(world.begun())
    assert world.ledger.drop("b", "v") == "failed"
    assert not world.client.exists(KEYS.checkpoints("b", "v"))
    assert world.clean() == 1
    assert not world.folder.exists()


def test_a_retry_within_the_week_goes_on_and_keeps_its_files(world: Left) -> None:
    claim = world.begun()
    world.ledger.fail(claim, ERROR, retry_after_s=None)
    assert world.client.pttl(KEYS.checkpoints("b", "v")) > 0
    world.ledger.retry("b", "v")
    assert world.due_in_ms() is None
    assert world.client.pttl(KEYS.checkpoints("b", "v")) == -1, "it would vanish while it is used"
    world.begun()
    assert world.clean() == 0
    assert len([name for name in world.names if name.startswith(".attempt-")]) == 2


def test_one_that_begins_again_while_it_is_cleaned_loses_nothing(
    world: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ledger.fail(world.begun(), ERROR, retry_after_s=None)
    world.pass_time()

    def meanwhile(folder: Folder, prefix: str) -> list[str]:
        found = attempts(folder, prefix)
        world.ledger.retry("b", "v")
        world.begun()
        return found

    monkeypatch.setattr("videobatch.media.files.atomic.attempts", meanwhile)
    world.clean()
    assert len([name for name in world.names if name.startswith(".attempt-")]) == 2
    assert world.views.videos("b", ["v"])[0].state is VideoState.RUNNING
    assert world.due_in_ms() is None


def test_a_folder_that_cannot_be_seen_is_looked_for_again(world: Left) -> None:
    world.ledger.fail(world.begun(), ERROR, retry_after_s=None)
    world.pass_time()
    world.folder.parent.rename(world.folder.parent.with_name("unmounted"))
    assert world.clean() == 0
    assert 0 < (world.due_in_ms() or 0) <= AGAIN_S * 1000
    world.folder.parent.with_name("unmounted").rename(world.folder.parent)
    world.pass_time()
    assert world.clean() == 1
    assert not world.folder.exists()


def test_one_that_is_away_for_good_is_given_up(world: Left) -> None:
    world.ledger.fail(world.begun(), ERROR, retry_after_s=None)
    world.pass_time()
    world.folder.parent.rename(world.folder.parent.with_name("unmounted"))
    world.client.hincrby(KEYS.video("b", "v"), "finished_ms", -3 * WEEK_MS)
    world.clean()
    assert world.due_in_ms() is None


def test_nothing_is_touched_outside_the_roots(world: Left, tmp_path: Path) -> None:
    world.ledger.steer("b", "cancel")
    views = Views(Store(world.client, "vb"), places=Places(roots=(str(tmp_path / "elsewhere"),)))
    write_group(world.folder / ".attempt-report-1", [("a", b"x")])
    clean_leftovers(world.ledger, views, 5)
    assert world.names == [".attempt-report-1"]


def test_few_at_a_time_and_a_link_is_not_followed(world: Left, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    write_group(precious, [("a.jpg", b"x")])
    world.folder.mkdir()
    (world.folder / ".attempt-report-1").symlink_to(precious)
    (world.folder / ".attempt-report-2").mkdir()
    (world.folder / ".attempt-report-2" / "keyframes").symlink_to(precious)
    os.mkfifo(world.folder / f".checkpoints-report-{'0' * 12}.jsonl")
    (world.folder / f".checkpoints-report-x-{'0' * 12}.jsonl").write_text("another's")
    remove_leftovers(world.job)
    assert world.names == [".attempt-report-1", f".checkpoints-report-x-{'0' * 12}.jsonl"]
    assert (precious / "a.jpg").exists()
    assert clean_leftovers(world.ledger, world.views, 0) == 0


def test_a_document_that_was_made_leaves_nothing_to_do(world: Left) -> None:
    claim = world.begun()
    world.ledger.steer("b", "cancel", video_id="v")
    world.killed(claim)
    world.submit()
    assert world.due_in_ms() is None
