"""A batch and its videos in words: one line each, whatever names and messages hold."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from cli.watch.follower import BatchLook
from cli.watch.words import clock, outcome, shorten, summary
from tests.support.looks import BROKEN, HOSTILE_ERROR, batch, look, video
from videobatch.records import ErrorKind, ErrorRecord, VideoResult, VideoState


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"),
        (0, "0:00"),
        (-3, "0:00"),
        (59.6, "1:00"),
        (65, "1:05"),
        (7384, "2:03:04"),
        (1e6, "277:46:40"),
        (float("inf"), "–"),
        (float("nan"), "–"),
    ],
)
def test_a_clock(seconds: float | None, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize("cells", [1, 2, 3, 10, 47, 48])
@pytest.mark.parametrize("name", ["x" * 300, "影片" * 60, "a影" * 80, "e\u0301" * 80, "🎬" * 70])
def test_a_name_is_cut_to_its_width(name: str, cells: int) -> None:
    short = shorten(name, cells)
    assert cells - 3 <= cell_len(short) <= cells
    assert "…" in short


def test_a_short_name_stays_and_a_long_one_keeps_its_ends() -> None:
    assert shorten("影片.mp4") == "影片.mp4"
    assert shorten("week1/" + "x" * 99 + "/intro.mp4").startswith("week1/")
    assert shorten("week1/" + "x" * 99 + "/intro.mp4").endswith("/intro.mp4")


@pytest.mark.parametrize(
    ("ended", "shown"),
    [
        (video(state=VideoState.DONE), "5:00 in 0:40"),
        (video(state=VideoState.DONE, attempts=0), "5:00 made before"),
        (video(state=VideoState.DONE, error=BROKEN), "5:00 in 0:40"),
        (
            video(
                state=VideoState.PARTIAL,
                result=VideoResult(VideoState.PARTIAL, 300, 40, 1, 1, "", "it ends\x1b[2J early"),
            ),
            "5:00 in 0:40  it ends [2J early",
        ),
        (video(state=VideoState.FAILED), "the file is damaged; copy it again"),
        (video(state=VideoState.DEAD), "the file is damaged; copy it again"),
        (video(state=VideoState.WAITING, error=BROKEN), "the file is damaged; copy it again"),
        (video(state=VideoState.FAILED, error=None), "failed"),
        (video(state=VideoState.CANCELLED, error=BROKEN), "cancelled"),
        (video(state=VideoState.PENDING), "pending"),
    ],
)
def test_an_outcome_names_reason_and_hint(ended: Any, shown: str) -> None:
    assert outcome(ended) == shown


def test_an_outcome_is_one_harmless_line() -> None:
    shown = outcome(video(state=VideoState.FAILED, error=HOSTILE_ERROR))
    assert shown.replace("\ufffd", "").isprintable()
    assert shown.startswith("reason evil")
    assert "; hint evil" in shown
    endless = ErrorRecord(ErrorKind.PERMANENT, "x", "m" * 100_000, "")
    assert len(outcome(video(state=VideoState.FAILED, error=endless))) < 600


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        (look(batch({})), "0/0"),
        (look(batch({"pending": 3})), "0/3  …  3 pending"),
        (
            look(batch({"done": 2, "running": 1}), eta_s=65, videos_per_hour=45.4),
            "2/3  about 1:05 left  45 videos/h  2 done  1 running",
        ),
        (look(batch({"done": 2}), eta_s=0, videos_per_hour=0.4), "2/2  0.4 videos/h  2 done"),
        (look(batch({"pending": 1}, state="paused")), "0/1  paused  …  1 pending"),
    ],
)
def test_a_summary(seen: BatchLook, shown: str) -> None:
    assert summary(seen) == shown
