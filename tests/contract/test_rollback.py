"""A Redis that goes back in time: what it had given out does harm to nobody."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tasks import completion
from tests.support import attempts
from tests.support.keys import KEYS
from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.outputs import assert_whole, report_of
from tests.support.servers import RedisServer
from tests.support.world import World
from videobatch.errors import StaleTokenError
from videobatch.paths import to_uri
from videobatch.pipeline.outputs.publication import attempt_dir, publish
from videobatch.records import (
    AudioSegment,
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
from videobatch.state.ledger import Ledger, NewVideo

pytestmark = pytest.mark.real

RESULT = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, "")
ERROR = ErrorRecord(ErrorKind.TRANSIENT, "x", "it broke")


class Past(World):
    """A batch of one video, on a server that goes back in time."""

    def __init__(self, server: RedisServer, folder: Path) -> None:
        super().__init__(connect(server.url), patience_s=10)
        self._server = server
        self._snapshots = folder / "snapshot"
        self.open()
        job = VideoJob("v", "file:///v", "file:///", to_uri(folder / "o" / "v"), "report", "f")
        self.add(NewVideo("v", job))

    def snapshot(self) -> None:
        self._server.snapshot(self._snapshots)

    def roll_back(self) -> None:
        self._server.roll_back(self._snapshots)


@pytest.fixture
def world(tmp_path: Path, own_redis: RedisServer) -> Iterator[Past]:
    made = Past(own_redis, tmp_path)
    yield made
    made.client.close()


def writes(ledger: Ledger, claim: Claim) -> dict[str, Callable[[], object]]:
    """All that an owner may write."""
    return {
        "checkpoint": lambda: ledger.checkpoint(claim, "probe", "{}"),
        "progress": lambda: ledger.progress(claim, Stage.WRITE, 0, 1),
        "commit": lambda: ledger.commit(claim, RESULT),
        "published": lambda: ledger.published(claim),
        "fail": lambda: ledger.fail(claim, ERROR, retry_after_s=1.0),
        "take back": lambda: ledger.take_back(claim, ERROR, retry_after_s=1.0),
    }


@pytest.mark.parametrize("second", ["w1", "w2"])
def test_two_claims_of_one_moment_have_two_tokens(world: Past, second: str) -> None:
    world.snapshot()
    lost = world.take(worker="w1")
    world.ledger.checkpoint(lost, "probe", "{}")
    world.roll_back()
    own = world.take(worker=second)
    assert token_order(own.token) > token_order(lost.token)
    assert attempt_dir(own) != attempt_dir(lost)
    assert own.checkpoints == {}
    for write in writes(world.ledger, lost).values():
        with pytest.raises(StaleTokenError):
            write()
    assert world.ledger.give_back(lost) == ""
    world.ledger.checkpoint(own, "probe", "{}")
    world.ledger.commit(own, RESULT)
    for write in writes(world.ledger, lost).values():
        with pytest.raises(StaleTokenError):
            write()
    world.ledger.published(own)
    assert world.state() is VideoState.DONE


def test_even_in_the_same_millisecond_their_tokens_differ(world: Past) -> None:
    """Clocks jump, and a replica's may be behind: then chance alone tells them apart."""
    first = world.take(worker="w1")
    world.ledger.store.client.hset(KEYS.video("b", "v"), mapping={"state": "pending", "token": "0"})
    second = world.take(worker="w2")
    same = f"{token_order(first.token)}-{second.token.partition('-')[2]}"
    world.ledger.store.client.hset(KEYS.video("b", "v"), "token", same)
    for write in writes(world.ledger, first).values():
        with pytest.raises(StaleTokenError):
            write()


def test_an_attempt_that_the_ledger_remembers_goes_on(world: Past) -> None:
    claim = world.take(worker="w1")
    world.snapshot()
    world.ledger.checkpoint(claim, "probe", "{}")
    world.ledger.commit(claim, RESULT)
    world.ledger.published(claim)
    world.roll_back()
    assert world.state() is VideoState.RUNNING
    world.ledger.commit(claim, RESULT)
    world.ledger.published(claim)
    assert world.state() is VideoState.DONE


# An attempt's work over a ledger that goes back in time.

RECIPE = Recipe(
    seconds=6.0,
    scenes=Scenes(changes_s=(3.0,), fps=5, gop=15),
    sound=Sound(voiced=((0.2, 1.4), (4.0, 5.4))),
)


@dataclass(frozen=True)
class Making:
    """A video at work, and the server below it."""

    world: attempts.AttemptWorld
    server: RedisServer
    snapshots: Path

    def snapshot(self) -> None:
        self.server.snapshot(self.snapshots)

    def roll_back(self) -> None:
        self.server.roll_back(self.snapshots)
        # Before the ledger is looked at, the first sweep gives all a lease more.
        self.world.ledger.sweep()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(tmp_path_factory.mktemp("in") / attempts.NAME, RECIPE)


@pytest.fixture
def making(path: Path, tmp_path: Path, own_redis: RedisServer) -> Iterator[Making]:
    world = attempts.AttemptWorld(connect(own_redis.url), path, tmp_path / "out")
    yield Making(world, own_redis, tmp_path / "snapshot")
    world.client.close()


def test_a_document_whose_commit_was_lost_is_not_made_again(making: Making) -> None:
    world = making.world
    making.snapshot()
    world.attempt()
    before = (world.folder / "manifest.json").read_bytes()
    making.roll_back()
    assert world.state() == "pending"
    world.attempt(world.taken("w2"))
    assert (world.state(), world.stub.heard) == ("done", [0, 1])
    result = world.video().result
    assert result is not None
    assert (result.keyframes, result.words) == (2, 14)
    assert (world.folder / "manifest.json").read_bytes() == before
    assert_whole(world.folder)
    assert world.held() == []
    assert report_of(world.out)[attempts.NAME]["state"] == "done"


def test_a_document_that_is_in_place_is_committed_once_more_by_its_own_attempt(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = making.world

    def publish_and_go_back(claim: Claim, still_ours: Callable[[], None]) -> None:
        publish(claim, still_ours)
        making.roll_back()

    claim = world.taken()
    making.snapshot()
    monkeypatch.setattr(completion, "publish", publish_and_go_back)
    world.attempt(claim)
    assert (world.state(), world.stub.heard, world.video().attempts) == ("done", [0, 1], 1)
    assert_whole(world.folder)


def test_what_is_wished_for_anew_is_made_anew_all_the_same(making: Making) -> None:
    world = making.world
    world.attempt()
    job = world.video().job
    assert world.ledger.add_videos("b", [NewVideo("v", job)]) == {"v": "again"}  # --force
    world.attempt(world.taken("w2"))
    assert (world.state(), world.stub.heard) == ("done", [0, 1, 0, 1])
    world.ledger.retry("b", "v", done_too=True)
    world.attempt(world.taken("w3"))
    assert world.stub.heard == [0, 1] * 3


def test_another_file_is_not_taken_for_the_one_that_the_document_is_of(
    making: Making, path: Path, tmp_path: Path
) -> None:
    own = Path(shutil.copy2(path, tmp_path / attempts.NAME))
    world = attempts.AttemptWorld(connect(making.server.url), own, tmp_path / "other")
    making.snapshot()
    world.attempt()
    making.roll_back()
    with own.open("ab") as file:
        file.write(bytes(1))
    world.attempt(world.taken("w2"))
    assert (world.state(), world.stub.heard) == ("done", [0, 1, 0, 1])
    world.client.close()


def test_what_was_paid_for_and_lost_is_found_beside_the_document(making: Making) -> None:
    world = making.world
    making.snapshot()

    def go_back(segment: AudioSegment) -> None:
        if segment.index == 1 and world.stub.heard == [0, 1]:
            making.roll_back()

    world.stub.on_segment = go_back
    world.attempt()
    assert world.state() == "pending", "its token is nobody's any more"
    assert not world.client.exists(KEYS.checkpoints("b", "v"))
    world.attempt(world.taken("w2"))
    assert (world.state(), world.stub.heard) == ("done", [0, 1, 1])
    assert_whole(world.folder)
