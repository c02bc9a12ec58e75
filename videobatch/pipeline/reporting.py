"""The reports of batches that came to an end, written into their output folders."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import unquote_to_bytes

from videobatch.errors import TransientError
from videobatch.media import files
from videobatch.paths import from_uri
from videobatch.pipeline.report import (
    MADE,
    BatchReport,
    VideoReport,
    report_json,
    report_markdown,
)
from videobatch.state.ledger import Ledger
from videobatch.state.views import BatchView, VideoView, Views

log = logging.getLogger(__name__)

REPORT_JSON, REPORT_MARKDOWN = "report.json", "report.md"


def write_due_reports(ledger: Ledger, views: Views) -> bool:
    """Writes the report of each batch that ended since its last one; True if none is left.

    Any process may do it, several at once. A report that cannot be written stays due. Raises
    LedgerError if Redis is away.
    """
    all_written = True
    for batch_id, ended_ms in ledger.reports_due().items():
        try:
            write_report(views, batch_id)
        except TransientError as error:
            all_written = False
            log.warning("the report of %s is not written: %s", batch_id, error.message)
        else:
            ledger.report_written(batch_id, ended_ms)
    return all_written


def write_report(views: Views, batch_id: str) -> Path | None:
    """`report.md` and `report.json` in the batch's folder; the path of the first, None for a
    batch that there is not. Safe to repeat. Raises TransientError, LedgerError."""
    batch = views.batch(batch_id)
    if batch is None:
        return None
    if not views.places.allow(batch.out_uri):
        raise TransientError(
            f"the output folder of {batch_id} is not below the folders that may be opened",
            hint="set VIDEOBATCH_PATHS__ROOTS and VIDEOBATCH_PATHS__MAP",
        )
    folder = from_uri(batch.out_uri)
    report = batch_report(batch, list(views.all_videos(batch_id)))
    texts = ((REPORT_JSON, report_json(report)), (REPORT_MARKDOWN, report_markdown(report)))
    files.write_group(folder, [(name, text.encode(errors="replace")) for name, text in texts])
    return folder / REPORT_MARKDOWN


def batch_report(batch: BatchView, videos: list[VideoView]) -> BatchReport:
    """The batch as its report tells it."""
    ends = [video.finished_s for video in videos if video.finished_s is not None]
    is_over = batch.open_videos == 0
    return BatchReport(
        batch_id=batch.batch_id,
        name=batch.name,
        state="finished" if is_over else batch.state,
        created_at_s=batch.submitted_s,
        finished_at_s=max(ends, default=batch.submitted_s) if is_over else None,
        videos=tuple(_video(batch, video) for video in videos),
    )


def _video(batch: BatchView, video: VideoView) -> VideoReport:
    made, result = video.state in MADE, video.result
    return VideoReport(
        name=video.name,
        state=video.state,
        template=video.job.template,
        duration_s=result.duration_s if result else None,
        elapsed_s=result.elapsed_s if result else None,
        words=result.words if result else None,
        keyframes=result.keyframes if result else None,
        attempts=video.attempts,
        document=_document(batch, video) if made else None,
        note=result.note if result else None,
        remarks=result.remarks if made and result else (),
        error=None if made else video.error,
        cost_usd=video.paid_usd,
    )


def _document(batch: BatchView, video: VideoView) -> str:
    below = video.job.out_uri.removeprefix(batch.out_uri).lstrip("/")
    folder = unquote_to_bytes(below).decode(errors="surrogateescape")
    return f"{folder}/{video.job.template}.md"
