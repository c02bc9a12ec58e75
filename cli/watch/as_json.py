"""Batches and videos in the schema of `--json`, worked out from views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cli.shared import outside
from cli.shared.schema import BatchOut, ErrorOut, PauseOut, RemarkOut, VideoOut
from cli.watch.progress import MADE, fraction, speed, time_left
from videobatch.paths import display, from_uri
from videobatch.records import Pause, VideoState
from videobatch.state.views import BatchView, VideoView


def batch_out(
    batch: BatchView,
    videos: Sequence[VideoView],
    now_s: float,
    *,
    eta_s: float | None,
    videos_per_hour: float | None,
) -> BatchOut:
    """The batch in the schema of `--json`, with the videos given."""
    is_over = batch.total > 0 and batch.open_videos == 0 and batch.state != "cancelled"
    return BatchOut(
        batch=batch.batch_id,
        name=batch.name,
        state="finished" if is_over else batch.state,
        reason=display(batch.reason) if batch.reason and not is_over else None,
        pauses=() if is_over else tuple(_pause(pause) for pause in batch.pauses),
        out=outside.shown(from_uri(batch.out_uri)),
        total=batch.total,
        counts={state.value: n for state, n in batch.counts.items() if n},
        open=batch.open_videos,
        eta_s=round(eta_s, 1) if eta_s is not None else None,
        videos_per_hour=round(videos_per_hour, 1) if videos_per_hour is not None else None,
        cost_usd=round(batch.paid_usd, 6),
        unwritten=dict(batch.unwritten),
        statements_checked=batch.checked.statements,
        statements_found=batch.checked.found,
        videos=tuple(video_out(video, now_s) for video in videos),
    )


def _pause(pause: Pause) -> PauseOut:
    return PauseOut(
        cause=display(pause.cause), message=display(pause.message), resume_s=pause.resume_s
    )


def video_out(video: VideoView, now_s: float) -> VideoOut:
    """The video in the schema of `--json`."""
    running = video.state is VideoState.RUNNING
    made = video.state in MADE
    folder = from_uri(video.job.out_uri)
    pace = speed(video, now_s) if running else None
    left = time_left(video, now_s) if running else None
    return VideoOut(
        id=video.video_id,
        path=video.name,
        template=video.job.template,
        document_language=video.job.settings.get("document_language"),
        state=video.state.value,
        stage=video.stage if running else None,
        progress=round(fraction(video), 3),
        speed=round(pace, 1) if pace else None,
        eta_s=round(left, 1) if left is not None else None,
        attempts=video.attempts,
        worker=video.worker if running else None,
        duration_s=video.result.duration_s if video.result else None,
        elapsed_s=video.result.elapsed_s if video.result else None,
        note=video.result.note if video.result else None,
        remarks=tuple(
            RemarkOut(code=remark.code.value, message=remark.message)
            for remark in (video.result.remarks if video.result else ())
        ),
        document=display(folder / video.job.document_file) if made else None,
        cost_usd=round(video.paid_usd, 6),
        error=_error_out(video),
    )


def _error_out(video: VideoView) -> ErrorOut | None:
    error = video.error
    if error is None or video.state in MADE or video.state is VideoState.CANCELLED:
        return None
    return ErrorOut(kind=error.kind.value, code=error.code, message=error.message, hint=error.hint)


def unwritten(counts: Mapping[str, int]) -> str | None:
    """The number of documents that were made without their language model, and why; None where
    all have it."""
    if not counts:
        return None
    reasons = ", ".join(f"{count} {reason}" for reason, count in counts.items())
    return f"{sum(counts.values())} made without the language model ({reasons})"
