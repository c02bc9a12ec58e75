"""What the engine paused goes on once the cause has passed, and a person's pause stays."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from controllers.duties import resuming
from controllers.duties.duty import Round
from controllers.duties.resuming import EVERY_S, Resuming
from tests.support.controlled import BATCH, Controlled
from videobatch.media.files.atomic import DISK_FULL
from videobatch.records import PERSON, Pause


def pauses(world: Controlled) -> set[str]:
    """The kinds of pauses that are left, after a look."""
    duty = Resuming(world.ledger, world.views)
    duty.run(Round(1))
    assert 0 < duty.due_s - time.monotonic() <= EVERY_S
    batch = world.views.batch(BATCH)
    assert batch is not None
    return {pause.kind for pause in batch.pauses}


def test_a_disk_that_has_room_again(
    world: Controlled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add("v", out=tmp_path)
    world.ledger.pause_for(BATCH, Pause(DISK_FULL, "the disk is full"))
    monkeypatch.setattr(resuming, "ROOM_BYTES", 1 << 62)
    assert pauses(world) == {"disk_full"}
    monkeypatch.setattr(resuming, "ROOM_BYTES", 1)
    assert pauses(world) == set()


def test_a_folder_that_is_not_there_has_no_room(world: Controlled, tmp_path: Path) -> None:
    world.add("v", out=tmp_path / "gone")
    world.ledger.pause_for(BATCH, Pause(DISK_FULL, "the disk is full"))
    assert pauses(world) == {"disk_full"}


def test_a_quota_that_has_begun_anew_and_a_person_who_still_wants_it(world: Controlled) -> None:
    world.add("v")
    until_s = world.views.now_s() + 60.0
    world.ledger.pause_for(BATCH, Pause("budget:all.money_day", "no money is left", until_s))
    world.ledger.steer(BATCH, "pause")
    assert pauses(world) == {"budget", PERSON}
    world.pass_time(61.0)
    assert pauses(world) == {PERSON}
