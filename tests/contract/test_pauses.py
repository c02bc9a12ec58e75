"""A batch that is paused for several causes: what lifts one leaves the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from controllers.duties.resuming import resume_what_can_go_on
from tests.support.attempts import NAME, AttemptWorld, each_time
from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from videobatch.errors import PermanentError
from videobatch.media.files.atomic import DISK_FULL
from videobatch.records import GoneModel, Pause, VideoState
from videobatch.state.connection import connect
from videobatch.state.views import BatchView

pytestmark = pytest.mark.real


@pytest.fixture
def world(redis_server: RedisServer, tmp_path: Path) -> Iterator[AttemptWorld]:
    """A batch of one video that nobody reads."""
    path = tmp_path / NAME
    path.write_bytes(b"no video")
    made = AttemptWorld(connect(redis_server.url), path, tmp_path / "out")
    yield made
    made.client.close()


def test_each_quota_that_is_used_up_is_a_reason_of_its_own(world: AttemptWorld) -> None:
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


def test_the_end_of_a_quota_frees_no_video_that_was_paused_by_itself(world: AttemptWorld) -> None:
    world.ledger.steer("b", "pause", video_id="v")
    world.ledger.pause_for("b", Pause("budget:all.money_day", "no money is left", 1.0))
    resume_what_can_go_on(world.ledger, world.views)
    assert (world.batch().state, world.video().state) == ("open", VideoState.PAUSED)


def test_a_pause_that_was_renewed_since_it_was_read_stays(world: AttemptWorld) -> None:
    before = Pause("budget:all.money_day", "no money is left", 1.0)
    world.ledger.pause_for("b", before)
    world.ledger.pause_for("b", replace(before, resume_s=world.views.now_s() + 3600))
    world.ledger.lift("b", before)
    assert world.batch().state == "paused"


def test_a_cancelled_batch_is_not_paused_by_the_engine(world: AttemptWorld) -> None:
    world.ledger.steer("b", "cancel")
    world.ledger.pause_for("b", Pause(DISK_FULL, "the disk is full"))
    batch = world.views.batch("b")
    assert batch is not None
    assert (batch.state, batch.pauses) == ("cancelled", ())


def test_a_submit_lifts_every_pause(world: AttemptWorld) -> None:
    world.ledger.steer("b", "pause", now=True)
    world.ledger.pause_for("b", Pause(DISK_FULL, "the disk is full"))
    world.ledger.open_batch("b", name="b", out_uri="o", root_uri="r", provider="offline")
    batch = world.views.batch("b")
    assert batch is not None
    assert (batch.state, batch.pauses) == ("open", ())
    assert not world.client.hexists(KEYS.batch("b"), "halt")


def test_a_batch_whose_model_is_gone_waits_for_a_resume(world: AttemptWorld) -> None:
    """Neither another submit nor a retry names the successor of what its videos ask for."""
    gone = Pause(GoneModel("speech", "openai", "old").cause, "old is gone")
    world.stub.on_segment = each_time(PermanentError("it gave up"))
    world.attempt()
    world.ledger.steer("b", "pause", now=True)
    world.ledger.pause_for("b", gone)

    def opened() -> BatchView:
        batch = world.views.batch("b")
        assert batch is not None
        return batch

    for _ in range(2):
        world.ledger.open_batch("b", name="b", out_uri="o", root_uri="r", provider="offline")
        assert (opened().state, opened().pauses) == ("paused", (gone,))
    world.ledger.steer("b", "pause", now=False)
    assert world.ledger.retry("b", world.video().video_id) == "pending"
    assert (opened().state, opened().pauses) == ("paused", (gone,))
    assert not world.client.hexists(KEYS.batch("b"), "halt")
    world.ledger.steer("b", "resume")
    assert (opened().state, opened().pauses) == ("open", ())
