"""Checkpoints and progress on their way to the ledger."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.desk import sinks
from tasks.desk.sinks import SHOWN_EVERY_S, LedgerCheckpoints, LedgerProgress
from tests.support.pipeline import unlimited_watch
from videobatch.errors import LedgerError, StaleTokenError, StoppingError
from videobatch.paths import to_uri
from videobatch.records import Claim, Stage, VideoJob
from videobatch.state.ledger import Ledger


@pytest.fixture
def claim(tmp_path: Path) -> Claim:
    job = VideoJob("v", "file:///v", "file:///", to_uri(tmp_path / "o"), "summary_report", "f")
    return Claim("b", "v", "7", 1, job, {"probe": "stored"})


class NotingLedger(Ledger):
    """Notes what is written; `error` is raised instead."""

    def __init__(self) -> None:
        self.written: list[tuple[Any, ...]] = []
        self.error: Exception | None = None

    def _note(self, *values: Any) -> None:
        if self.error is not None:
            raise self.error
        self.written.append(values)

    def checkpoint(self, claim: Claim, name: str, payload: str) -> None:
        self._note(claim.token, name, payload)

    def progress(self, claim: Claim, stage: Stage, done: float, total: float) -> None:
        assert claim.token == "7"
        self._note(stage, done, total)


@pytest.fixture
def ledger() -> NotingLedger:
    return NotingLedger()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Time stands still; `now_s` sets it."""
    made = SimpleNamespace(now_s=100.0)
    monkeypatch.setattr(sinks, "time", SimpleNamespace(monotonic=lambda: made.now_s))
    return made


class Stop:
    """A worker that may be asked to stop."""

    is_asked = False

    def __call__(self) -> bool:
        return self.is_asked


def test_checkpoints_of_the_claim_are_there_and_new_ones_too(
    claim: Claim, ledger: NotingLedger
) -> None:
    checkpoints = LedgerCheckpoints(ledger, claim, unlimited_watch())
    assert checkpoints.get("probe") == "stored"
    assert checkpoints.get("frames") is None
    checkpoints.put("frames", "{}")
    assert checkpoints.get("frames") == "{}"
    assert ledger.written == [("7", "frames", "{}")]
    assert claim.checkpoints == {"probe": "stored"}


@pytest.mark.parametrize("error", [StaleTokenError("stale"), LedgerError("refused")])
def test_a_checkpoint_that_is_refused_is_not_there(
    claim: Claim, ledger: NotingLedger, error: Exception
) -> None:
    checkpoints = LedgerCheckpoints(ledger, claim, unlimited_watch())
    ledger.error = error
    with pytest.raises(type(error)):
        checkpoints.put("frames", "{}")
    assert checkpoints.get("frames") is None


def test_five_reports_a_second_at_most(
    claim: Claim, ledger: NotingLedger, clock: SimpleNamespace
) -> None:
    progress = LedgerProgress(ledger, claim, Stop(), unlimited_watch())
    for step in range(101):
        progress.report(Stage.FRAMES, step, 1000)
        clock.now_s += SHOWN_EVERY_S / 10
    assert len(ledger.written) == pytest.approx(11, abs=1)
    assert ledger.written[0] == (Stage.FRAMES, 0, 1000)
    assert all(stage is Stage.FRAMES for stage, _, _ in ledger.written)


def test_the_first_and_the_last_of_a_stage_always_go(
    claim: Claim, ledger: NotingLedger, clock: SimpleNamespace
) -> None:
    progress = LedgerProgress(ledger, claim, Stop(), unlimited_watch())
    for stage in (Stage.PROBE, Stage.TRANSCRIBE):
        for done in (0.0, 1.0, 2.0, 3.0):
            progress.report(stage, done, 3.0)
    assert ledger.written == [
        (Stage.PROBE, 0.0, 3.0),
        (Stage.PROBE, 3.0, 3.0),
        (Stage.TRANSCRIBE, 0.0, 3.0),
        (Stage.TRANSCRIBE, 3.0, 3.0),
    ]


def test_an_outage_drops_reports_and_no_more(
    claim: Claim, ledger: NotingLedger, clock: SimpleNamespace
) -> None:
    progress = LedgerProgress(ledger, claim, Stop(), unlimited_watch())
    ledger.error = LedgerError("away")
    progress.report(Stage.PROBE, 0, 2)
    ledger.error = None
    clock.now_s += SHOWN_EVERY_S
    progress.report(Stage.PROBE, 1, 2)
    assert ledger.written == [(Stage.PROBE, 1, 2)]


def test_an_outage_is_not_asked_for_more_often(
    claim: Claim, ledger: NotingLedger, clock: SimpleNamespace
) -> None:
    progress = LedgerProgress(ledger, claim, Stop(), unlimited_watch())
    ledger.error = LedgerError("away")
    progress.report(Stage.PROBE, 0, 2)
    ledger.error = None
    progress.report(Stage.PROBE, 1, 2)
    assert ledger.written == []


def test_a_stale_owner_is_told(claim: Claim, ledger: NotingLedger) -> None:
    ledger.error = StaleTokenError("stale")
    with pytest.raises(StaleTokenError):
        LedgerProgress(ledger, claim, Stop(), unlimited_watch()).report(Stage.PROBE, 0, 1)


def test_every_report_looks_whether_to_stop(
    claim: Claim, ledger: NotingLedger, clock: SimpleNamespace
) -> None:
    stop = Stop()
    progress = LedgerProgress(ledger, claim, stop, unlimited_watch())
    progress.report(Stage.FRAMES, 0, 9)
    stop.is_asked = True
    with pytest.raises(StoppingError):
        progress.report(Stage.FRAMES, 1, 9)
    assert ledger.written == [(Stage.FRAMES, 0, 9)]
