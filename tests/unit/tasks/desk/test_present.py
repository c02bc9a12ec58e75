"""The present video: whose calls they are, and which waits count against its time limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.desk.present import Present, VideoAnswers
from tests.support.answers_twin import MemoryAnswers
from videobatch.errors import StoppingError
from videobatch.paths import to_uri
from videobatch.pipeline.stopwatch import Stopwatch, TimeLimits
from videobatch.records import Claim, Stage, VideoJob


@pytest.fixture
def claim(tmp_path: Path) -> Claim:
    job = VideoJob("v", "file:///v", "file:///", to_uri(tmp_path / "o"), "summary_report", "f")
    return Claim("b", "v", "7", 1, job, {"probe": "stored"})


def test_calls_of_one_salt_fly_once_and_others_for_themselves(claim: Claim) -> None:
    store = MemoryAnswers()
    salted = replace(claim, job=replace(claim.job, salt="anew"))

    def of(present: Claim) -> VideoAnswers:
        return VideoAnswers(MemoryAnswers(store), Present(claim=present))

    with of(claim).flight("k") as usual, of(salted).flight("k") as anew:
        assert usual.wait() is None
        assert anew.wait() is None
        of(salted).put("k", "new")
        assert anew.wait() == "new"
        assert usual.wait() == "new"


def test_waiting_for_another_s_call_does_not_count(claim: Claim) -> None:
    now_s = [100.0]
    armed: list[float | None] = []
    watch = Stopwatch(TimeLimits(), 0, armed.append, lambda: now_s[0])
    store = MemoryAnswers()
    mine = VideoAnswers(MemoryAnswers(store), Present(claim=claim, watch=watch))

    def stops() -> bool:
        assert armed[-1] is None
        return True

    waiting = VideoAnswers(
        MemoryAnswers(store, is_stopping=stops), Present(claim=claim, watch=watch)
    )
    with watch.stage(Stage.TRANSCRIBE), mine.flight("k") as flight:
        assert flight.wait() is None
        assert armed[-1] is not None
        with waiting.flight("k") as another, pytest.raises(StoppingError):
            another.wait()
        assert armed[-1] is not None


def test_an_attempt_is_known_by_its_video_and_its_token(claim: Claim) -> None:
    assert Present(claim=claim).attempt == ("b/v", "7")
    assert Present().attempt == ("", "")
