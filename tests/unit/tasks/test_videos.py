"""A child whose host is kept for a video on trial waits with its slot, naming nothing meanwhile."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tasks import videos
from tasks.desk.desk import Desk
from videobatch.records import Claim, VideoJob

JOB = VideoJob("v", "file:///v", "file:///", "file:///o", "t", "fp")
CLAIM = Claim("b", "v", "1", 1, JOB, {}, False, None)


class KeptHost:
    """A ledger that keeps the host for so many claims, and then gives a video."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.asked: list[tuple[str, str]] = []

    def claim(self, batch_id: str, video_id: str, *, on_kept: Any, **_: Any) -> Claim | None:
        self.asked.append((batch_id, video_id))
        if self.left:
            self.left -= 1
            on_kept()
            return None
        return CLAIM


def desk_of(ledger: KeptHost) -> Desk:
    found = SimpleNamespace(
        patient=ledger, worker="w", host="h", free_bytes=lambda: -1, no_room=lambda _: None
    )
    return cast("Desk", found)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(videos, "KEPT_LOOK_S", 0.0)


def test_it_asks_again_until_it_is_given_something() -> None:
    ledger = KeptHost(2)
    assert videos._claim(desk_of(ledger), "b", "v") is CLAIM
    assert ledger.asked == [("b", "v"), ("", ""), ("", "")]


def test_a_host_that_is_free_is_asked_once() -> None:
    ledger = KeptHost(0)
    assert videos._claim(desk_of(ledger), "b", "v") is CLAIM
    assert ledger.asked == [("b", "v")]


def test_a_worker_that_stops_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(videos, "is_stopping", lambda: True)
    ledger = KeptHost(5)
    assert videos._claim(desk_of(ledger), "b", "v") is None
    assert len(ledger.asked) == 1
