"""`dead retry` and `dead drop` for several at once, and `forget`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.mend import dead
from cli.mend import forget as forgetting
from cli.shared.schema import DeadMoved, ForgetOut, SteerOut
from tests.support.servers import RedisServer
from videobatch.paths import to_uri
from videobatch.records import Death, VideoJob, VideoState
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.views import Views
from videobatch.submission.accepted import NAME, AcceptedBatch, note, remembered

DEAD, FAILED, PENDING = VideoState.DEAD, VideoState.FAILED, VideoState.PENDING


class World:
    """Two batches with dead letters, the folders of which hold what attempts left."""

    def __init__(self, url: str, top: Path) -> None:
        self.top = top
        self.client = connect(url)
        self.ledger = Ledger(self.client, "videobatch")
        self.views = Views(self.client, "videobatch")
        for batch in ("b-1", "c-1"):
            about: dict[str, Any] = {
                "name": batch,
                "out_uri": to_uri(top / batch),
                "root_uri": "file:///",
                "provider": "x",
            }
            (top / batch).mkdir()
            self.ledger.open_batch(batch, **about)
            note(top / batch, [AcceptedBatch(batch_id=batch, **about)])
            videos = [NewVideo(v, self.job(batch, v)) for v in ("x", "y")]
            note(top / batch, videos)
            self.ledger.add_videos(batch, videos)
            for video in videos:
                self.kill(batch, video.video_id)

    def job(self, batch: str, video: str) -> VideoJob:
        out_uri = to_uri(self.top / batch / video)
        return VideoJob(video, f"file:///{video}", "file:///", out_uri, "report", "f" * 16)

    def kill(self, batch: str, video: str) -> None:
        for _ in range(4):
            assert self.ledger.claim(batch, video, worker="w", host="h", pid=1) is not None
            (held,) = self.ledger.held("w")
            self.ledger.release_dead(held, Death("SIGSEGV", suspect=True))
        (self.top / batch / video / f".attempt-report-{held.token}").mkdir(parents=True)

    def states(self, batch: str) -> dict[str, VideoState]:
        return {video.video_id: video.state for video in self.views.all_videos(batch)}

    def __call__(self, *words: str) -> Result:
        app = typer.Typer()
        dead.register(app)
        forgetting.register(app)
        return CliRunner().invoke(app, words)


@pytest.fixture
def world(
    redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setenv("VIDEOBATCH_REDIS_URL", redis_server.url)
    monkeypatch.setenv("VIDEOBATCH_HOME", str(tmp_path / "home"))
    made = World(redis_server.url, tmp_path)
    yield made
    made.client.close()


def test_all_begin_again(world: World) -> None:
    ended = world("dead", "retry", "--all", "--json")
    assert ended.exit_code == 0, ended.output
    found = DeadMoved.model_validate_json(ended.stdout)
    assert (found.moved, {each.batch for each in found.videos}) == (4, {"b-1", "c-1"})
    assert world.states("b-1") == world.states("c-1") == {"x": PENDING, "y": PENDING}
    again = world("dead", "retry", "--all")
    assert (again.exit_code, again.output) == (0, "There are no dead letters.\n")


def test_those_of_a_batch_are_dropped_with_what_they_left(world: World) -> None:
    assert world("dead", "drop", "--batch", "b-1").exit_code == 0
    assert world.states("b-1") == {"x": FAILED, "y": FAILED}
    assert world.states("c-1") == {"x": DEAD, "y": DEAD}
    assert sorted(path.name for path in (world.top / "b-1").iterdir()) == [NAME]
    assert (world.top / "c-1" / "x").is_dir()
    found = remembered(world.top / "b-1")
    assert found is not None
    assert found.dropped == {"x", "y"}


def test_one_of_a_batch_is_named(world: World) -> None:
    ended = world("dead", "retry", "x", "--batch", "c", "--json")
    assert SteerOut.model_validate_json(ended.stdout).batch == "c-1"
    assert world.states("c-1") == {"x": PENDING, "y": DEAD}
    assert world.states("b-1") == {"x": DEAD, "y": DEAD}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("drop",), "which ones?"),
        (("drop", "x", "--all"), "which of them?"),
        (("retry", "z"), "is no dead letter"),
        (("retry", "x"), "could be b-1 x, c-1 x"),
        (("retry", "--batch", "z"), "there is no batch 'z'"),
    ],
)
def test_what_is_not_clear_is_asked_for(world: World, words: tuple[str, ...], said: str) -> None:
    ended = world("dead", *words)
    assert ended.exit_code == 2
    assert said in ended.output
    assert world.states("b-1") == {"x": DEAD, "y": DEAD}


def test_a_batch_is_forgotten_and_its_documents_stay(world: World) -> None:
    document = world.top / "b-1" / "x" / "report.md"
    document.write_text("# x")
    ended = world("forget", "b", "--yes", "--json")
    assert ended.exit_code == 0, ended.output
    found = ForgetOut.model_validate_json(ended.stdout)
    assert (found.batch, found.videos, found.out) == ("b-1", 2, str(world.top / "b-1"))
    assert world.views.batch("b-1") is None
    assert [path.name for path in document.parent.iterdir()] == ["report.md"]
    assert not (world.top / "b-1" / "y").exists()
    listed = remembered(world.top / "b-1")
    assert listed is not None
    assert listed.is_forgotten
    assert world.states("c-1") == {"x": DEAD, "y": DEAD}
    assert world("forget", "b-1", "--yes").exit_code == 2


@pytest.mark.parametrize("words", [("forget", "b-1"), ("forget", "b-1", "--json")])
def test_nothing_is_forgotten_where_nobody_can_be_asked(
    world: World, words: tuple[str, ...]
) -> None:
    ended = world(*words)
    assert ended.exit_code == 2
    assert "--yes" in ended.output
    assert world.states("b-1") == {"x": DEAD, "y": DEAD}


@pytest.mark.parametrize(("answer", "is_there"), [("y", False), ("n", True), ("", True)])
def test_a_person_is_asked(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: str, is_there: bool
) -> None:
    monkeypatch.setattr(forgetting, "_can_ask", lambda: True)
    app = typer.Typer()
    dead.register(app)
    forgetting.register(app)
    ended = CliRunner().invoke(app, ["forget", "b-1"], input=f"{answer}\n")
    assert "0 of 2 videos done" in ended.output
    assert (world.views.batch("b-1") is not None) is is_there


def test_one_that_is_being_made_is_not_forgotten(world: World) -> None:
    world.ledger.retry("b-1", "x")
    assert world.ledger.claim("b-1", "x", worker="w", host="h", pid=1) is not None
    ended = world("forget", "b-1", "--yes")
    assert ended.exit_code == 2
    assert "`videobatch cancel b-1` stops them" in ended.output
    world.ledger.steer("b-1", "cancel")
    assert world("forget", "b-1", "--yes").exit_code == 0
    assert world.views.batch("b-1") is None


def test_a_folder_that_is_gone_stops_nothing(world: World) -> None:
    (world.top / "b-1").rename(world.top / "elsewhere")
    assert world("forget", "b-1", "--yes").exit_code == 0
    assert world("dead", "drop", "--all").exit_code == 0
    assert world.views.batch("b-1") is None
