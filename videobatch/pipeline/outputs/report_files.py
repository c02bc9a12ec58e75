"""The reports of batches that came to an end, written into their output folders.

Several processes write them. So each takes a ticket of the ledger before it reads, the report
bears it as `revision`, and one with a lower revision never takes the place of a higher one.
"""

from __future__ import annotations

import logging
import os
import re
import time
from pathlib import Path

from videobatch.errors import TransientError
from videobatch.media.files import atomic as files
from videobatch.media.files import umask
from videobatch.media.files.folders import Folder, locked, open_folder
from videobatch.paths import from_uri
from videobatch.pipeline.outputs.index_files import below, index_texts, write_indexes
from videobatch.pipeline.outputs.report import (
    MADE,
    BatchReport,
    VideoReport,
    report_json,
    report_markdown,
)
from videobatch.records import UNCHECKED
from videobatch.state.ledger import Ledger
from videobatch.state.views import BatchView, VideoView, Views

log = logging.getLogger(__name__)

REPORT_JSON, REPORT_MARKDOWN = "report.json", "report.md"
# As `report_json` writes it: nothing that a person named stands before it.
_REVISION = re.compile(rb'\A\{\s*"schema_version": \d+,\s*"revision": (\d{1,18}),')
_HEAD_BYTES = 200
# A round of the controller waits for it.
WAIT_S = 1.0
AT_ONCE = 20


def write_due_reports(ledger: Ledger, views: Views, *, within_s: float | None = None) -> bool:
    """Writes the report of each batch that ended since its last one; True if none was found that
    could not be written. With `within_s` none is begun after that time, of a few by chance.

    Any process may do it, several at once. A report that cannot be written stays due. Raises
    LedgerError if Redis is away.
    """
    all_written, began_s = True, time.monotonic()
    for batch_id, ended in ledger.reports_due(most=None if within_s is None else AT_ONCE).items():
        if within_s is not None and time.monotonic() - began_s > within_s:
            break
        try:
            write_report(ledger, views, batch_id)
        except TransientError as error:
            # Where somebody else writes it just now, it is not late, and still due.
            if error.code != files.HELD:
                all_written = False
                log.warning("the report of %s is not written: %s", batch_id, error.message)
        else:
            ledger.report_written(batch_id, ended)
    return all_written


def write_report(ledger: Ledger, views: Views, batch_id: str) -> Path | None:
    """`report.md` and `report.json` in the batch's folder; the path of the first, None for a
    batch that there is not. One that was read later stays. Safe to repeat. Raises TransientError,
    LedgerError."""
    # Before anything is read: whoever read after him has a higher one.
    revision = ledger.ticket()
    batch = views.batch(batch_id)
    if batch is None:
        return None
    if not views.places.allow(batch.out_uri):
        raise TransientError(
            f"the output folder of {batch_id} is not below the folders that may be opened",
            hint="set VIDEOBATCH_PATHS__ROOTS and VIDEOBATCH_PATHS__MAP",
        )
    videos = list(views.all_videos(batch_id))
    report, index = batch_report(batch, videos, revision), index_texts(batch, videos)
    where = from_uri(batch.out_uri)
    with (
        umask.applied(batch.umask),
        files.as_our_errors(where),
        open_folder(where, make=True) as folder,
        ledger.order(batch.out_uri, wait_s=WAIT_S) as still_ours,
        locked(folder.descriptor, where, WAIT_S),
    ):
        # What bears more than was ever given is of a ledger that is gone.
        if not revision < _revision(folder) < ledger.ticket():
            # The one with the revision is the last: before it the report is not in place.
            for name, text in (
                (REPORT_MARKDOWN, report_markdown(report)),
                (REPORT_JSON, report_json(report)),
            ):
                still_ours()
                folder.remove_parts(name)
                folder.write(name, text.encode(errors="replace"))
            write_indexes(where, folder, index, still_ours)
            folder.sync()
    return where / REPORT_MARKDOWN


def _revision(folder: Folder) -> int:
    """The revision of the report in place, 0 where there is none."""
    try:
        with os.fdopen(folder.open_file(REPORT_JSON), "rb") as file:
            found = _REVISION.match(file.read(_HEAD_BYTES))
    except OSError:
        return 0
    return int(found[1]) if found else 0


def batch_report(batch: BatchView, videos: list[VideoView], revision: int = 0) -> BatchReport:
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
        revision=revision,
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
        checked=result.checked if made and result else UNCHECKED,
        error=None if made else video.error,
        cost_usd=video.paid_usd,
    )


def _document(batch: BatchView, video: VideoView) -> str:
    return f"{below(batch, video)}/{video.job.document_file}"
