"""Batches that have ended get their reports."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from controllers.duties import reporting
from controllers.duties.duty import Round
from controllers.duties.reporting import AGAIN_S, Reporting
from tests.support.controlled import Controlled
from videobatch.records import VideoResult, VideoState


def test_reports_of_batches_that_ended(world: Controlled, tmp_path: Path) -> None:
    world.add("v1", out=tmp_path)
    claim = world.ledger.claim("b", "v1", worker="w1", host="h", pid=1)
    assert claim is not None
    duty = Reporting(world.ledger, world.views)
    duty.run(Round(1))
    assert not (tmp_path / "report.json").exists()
    world.ledger.commit(claim, VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, ".attempt-1"))
    world.ledger.published(claim)
    duty.run(Round(1))
    assert json.loads((tmp_path / "report.json").read_text())["state"] == "finished"
    assert world.ledger.reports_due() == {}
    assert duty.due_s == 0.0


def test_after_one_that_could_not_be_written_it_waits(
    world: Controlled, monkeypatch: pytest.MonkeyPatch
) -> None:
    within: list[float] = []

    def fails(_ledger: object, _views: object, *, within_s: float) -> bool:
        within.append(within_s)
        return False

    monkeypatch.setattr(reporting, "write_due_reports", fails)
    duty = Reporting(world.ledger, world.views)
    duty.run(Round(1))
    assert AGAIN_S - 5 < duty.due_s - time.monotonic() <= AGAIN_S
    assert within == [0.5]
