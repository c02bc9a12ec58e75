"""Batches and videos in the schema of `--json`."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cli.watch.as_json import batch_out
from cli.watch.as_json import video_out as out
from tests.support.looks import BROKEN, NOW_S, batch, running, video
from videobatch.records import VideoState


def test_a_running_video_in_the_schema() -> None:
    shown = out(running("a.mp4", stage="transcribe", share=0.5, error=BROKEN), NOW_S)
    assert (shown.state, shown.stage, shown.worker) == ("running", "transcribe", "w1")
    assert shown.progress == pytest.approx(0.16 + 0.78 / 2)
    assert shown.speed == 5.0
    assert shown.eta_s is not None
    assert shown.document is None
    assert shown.error is not None
    assert (shown.error.code, shown.error.hint) == ("damaged", "copy it again")


def test_a_made_video_in_the_schema() -> None:
    shown = out(video("a.mp4", VideoState.DONE, stage="write", worker="w1", error=BROKEN), NOW_S)
    assert (shown.progress, shown.duration_s, shown.elapsed_s) == (1.0, 300.0, 40.0)
    assert (shown.stage, shown.worker, shown.error, shown.eta_s) == (None, None, None, None)
    assert shown.document == "/out/a.mp4/notes.md"


def test_a_cancelled_video_has_no_error() -> None:
    assert out(video(state=VideoState.CANCELLED, error=BROKEN), NOW_S).error is None


def test_a_document_in_an_odd_folder_is_json() -> None:
    made = video("a.mp4", VideoState.DONE)
    job = type(made.job)("a", "file:///a", "file:///", "file:///out/%FF%0A", "notes", "f")
    shown = out(video("a.mp4", VideoState.DONE, job=job), NOW_S)
    assert shown.document == "/out/\\xff\\n/notes.md"
    json.dumps(shown.model_dump(mode="json")).encode()


@pytest.mark.parametrize(
    ("state", "counts", "shown"),
    [
        ("open", {"done": 2}, "finished"),
        ("open", {"done": 1, "running": 1}, "open"),
        ("open", {}, "open"),
        ("paused", {"pending": 1}, "paused"),
        ("paused", {"failed": 1}, "finished"),
        ("cancelled", {"cancelled": 1}, "cancelled"),
    ],
)
def test_the_state_of_a_batch(state: str, counts: dict[str, int], shown: str) -> None:
    answer = batch_out(
        replace(batch(counts, state=state), paid_usd=1.5),
        [],
        NOW_S,
        eta_s=None,
        videos_per_hour=None,
    )
    assert answer.state == shown
    assert answer.counts == counts
    assert (answer.out, answer.cost_usd) == ("/out", 1.5)


def test_figures_of_a_batch_are_rounded() -> None:
    answer = batch_out(
        batch({"done": 1, "running": 1}), [running()], NOW_S, eta_s=0.04, videos_per_hour=12.345
    )
    assert (answer.eta_s, answer.videos_per_hour, answer.open) == (0.0, 12.3, 1)
    assert len(answer.videos) == 1
