"""A batch that the ledger has lost, rebuilt from the list, manifests and copies in its folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import replace
from pathlib import Path

from cli.shared.books import Books
from cli.shared.schema import RecoveredBatch
from videobatch.errors import SettingsError
from videobatch.paths import display, from_uri, to_uri
from videobatch.records import ErrorKind, ErrorRecord, VideoResult, VideoState
from videobatch.state.ledger import NewVideo
from videobatch.state.views import BatchView
from videobatch.submission.accepted import NAME, Remembered
from videobatch.submission.inputs import InputFile
from videobatch.submission.plan import made_before

ORDER_WAIT_S = 30.0
RECOVERED = "recovered; `videobatch resume` lets it go on"
_DROPPED = ErrorRecord(
    ErrorKind.PERMANENT,
    "dropped",
    "a person took it off the dead letters",
    "`videobatch retry` tries it again",
)


def rebuild(books: Books, folder: Path, found: Remembered | SettingsError) -> RecoveredBatch:
    """Adds the batch of that folder to the ledger, as far as it is not there; the answer for it.
    `found` is what the folder remembers, or why that cannot be read. Safe to repeat."""
    if isinstance(found, SettingsError):
        return _refused(display(folder.name), found.message)
    batch = found.batch
    # List and ledger stay in one order with those who submit or steer meanwhile.
    with books.ledger.order(to_uri(folder), wait_s=ORDER_WAIT_S):
        known = books.views.batch(batch.batch_id)
        problem = _misplaced(folder, batch.out_uri, known)
        if problem:
            return _refused(batch.batch_id, problem)
        if found.is_forgotten and known is None:
            return RecoveredBatch(
                batch=batch.batch_id, videos=0, made=0, open=0, torn=found.torn, state="forgotten"
            )
        return _added(books, folder, found, known)


def _refused(batch_id: str, problem: str) -> RecoveredBatch:
    return RecoveredBatch(
        batch=batch_id, videos=0, made=0, open=0, torn=0, state="refused", problem=problem
    )


def _misplaced(folder: Path, out_uri: str, known: BatchView | None) -> str | None:
    """The reason why the folder is not the one to recover the batch from; None where it is."""
    there = from_uri(known.out_uri if known else out_uri)
    if _is_same(there, folder):
        return None
    if (there / NAME).exists():
        return (
            f"this is a copy: its documents are in {display(there)}; "
            "recover from there, or remove that folder first"
        )
    if known is None:
        return None
    return (
        f"its folder was moved, and the ledger still has it in {display(there)}; move it back, or "
        f"`videobatch forget {known.batch_id}` and submit its videos again"
    )


def _is_same(there: Path, here: Path) -> bool:
    try:
        return there.samefile(here)
    except OSError:
        return there == here


def _added(
    books: Books, folder: Path, found: Remembered, known: BatchView | None
) -> RecoveredBatch:
    """Adds what the ledger does not know of the batch, with what its folder holds by now."""
    batch, out_uri = found.batch, to_uri(folder)
    rebased = [_rebased(video, batch.out_uri, out_uri) for video in found.videos.values()]
    is_over = (known.state == "cancelled") if known else found.is_cancelled
    cancelled = set(found.videos) if is_over else found.cancelled
    videos = [_as_it_stands(video, found, cancelled) for video in rebased if video is not None]
    states = Counter(_state(video) for video in videos)
    waits = states[VideoState.PENDING]
    if known is None:
        _open(books, found, out_uri)
    answers = books.ledger.add_unknown(batch.batch_id, videos)
    if known is None and not waits:
        # Nothing waits for a person's word.
        books.ledger.steer(batch.batch_id, "cancel" if is_over else "resume")
    books.ledger.feed()
    ended = "cancelled" if is_over else "finished"
    return RecoveredBatch(
        batch=batch.batch_id,
        videos=len(videos),
        made=states[VideoState.DONE] + states[VideoState.PARTIAL],
        open=waits,
        cancelled=states[VideoState.CANCELLED],
        torn=found.torn + rebased.count(None),
        is_paused=bool(waits) if known is None else known.state == "paused",
        state="known" if known else "paused" if waits else ended,
        added=sum(1 for answer in answers.values() if answer == "added"),
        moved_from=_moved_from(batch.out_uri, folder),
    )


def _open(books: Books, found: Remembered, out_uri: str) -> None:
    """Opens the batch anew, paused until a person resumes it."""
    batch = found.batch
    books.ledger.open_batch(
        batch.batch_id,
        name=batch.name,
        out_uri=out_uri,
        root_uri=batch.root_uri,
        provider=batch.provider,
        umask=batch.umask,
        paused_for=RECOVERED,
    )


def _moved_from(out_uri: str, folder: Path) -> str | None:
    """The place where the folder was when its list was begun; None where that is its place now."""
    was = from_uri(out_uri)
    return None if _is_same(was, folder) else display(was)


def _rebased(video: NewVideo, was: str, now: str) -> NewVideo | None:
    """The video with its folder below where the batch's is now; None where it was not below it:
    whoever wrote that line did not accept the video."""
    out_uri = video.job.out_uri
    if not out_uri.startswith(f"{was}/") or ".." in from_uri(out_uri).parts:
        return None
    return replace(video, job=replace(video.job, out_uri=now + out_uri.removeprefix(was)))


def _as_it_stands(video: NewVideo, found: Remembered, cancelled: Container[str]) -> NewVideo:
    """The video with the result that its folder holds by now, or with what a person made of it."""
    if video.error is not None:
        return video
    job = video.job
    source = InputFile(
        name=job.name,
        path=from_uri(job.source_uri),
        root=from_uri(job.root_uri),
        size_bytes=job.size_bytes,
        mtime_ns=job.mtime_ns,
    )
    made = made_before(source, from_uri(job.out_uri), job)
    if made is None and video.video_id in cancelled:
        made = VideoResult(VideoState.CANCELLED, 0.0, 0.0, 0, 0, "")
    if made is None and video.video_id in found.dropped:
        return replace(video, error=_DROPPED)
    return replace(video, result=made)


def _state(video: NewVideo) -> VideoState:
    if video.error is not None:
        return VideoState.FAILED
    return video.result.state if video.result is not None else VideoState.PENDING
