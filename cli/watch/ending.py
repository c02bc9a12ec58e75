"""The way of a followed batch to its end, and the summary that is said then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import typer

from cli.shared import console, outside
from cli.shared.books import Books
from cli.shared.schema import PassedOverOut, SubmitOut
from cli.watch.as_json import batch_out, unwritten
from cli.watch.displays import SilentDisplay, display_for
from cli.watch.follower import Follower, existing_batch
from cli.watch.words import outcome
from videobatch.paths import from_uri
from videobatch.pipeline.outputs.report_files import write_due_reports
from videobatch.records import VideoState
from videobatch.state.views import BatchView, VideoView

FAILED = frozenset({VideoState.FAILED, VideoState.DEAD, VideoState.CANCELLED})
_PAGE = 1000
_MOST_FAILURES = 50


class Taken(Protocol):
    """The videos that a submit handed over; an empty `video_ids` means every video of the batch."""

    @property
    def video_ids(self) -> Sequence[str]: ...
    @property
    def done_before(self) -> int: ...
    @property
    def finished_before(self) -> int: ...


def follow_to_the_end(
    books: Books,
    batch_id: str,
    taken: Taken,
    *,
    detach: bool,
    as_json: bool,
    passed_over: Sequence[PassedOverOut] = (),
) -> int:
    """Shows the batch until nothing of it is open; the exit code. Ctrl-C ends the watching."""
    with goes_on(batch_id), console.errors_in_words():
        if not detach:
            shown = SilentDisplay() if as_json else display_for(console.console())
            Follower(books.views, batch_id, start=taken.finished_before).until_done(shown)
        return _conclude(
            books, batch_id, taken, detach=detach, as_json=as_json, passed_over=passed_over
        )


@contextmanager
def goes_on(batch_id: str) -> Iterator[None]:
    """Ends the command at Ctrl-C, and says that the batch that is handed over goes on."""
    try:
        yield
    except KeyboardInterrupt:
        console.say("")
        console.say(f"The batch goes on. `videobatch watch {batch_id}` follows it again.")
        raise typer.Exit(console.INTERRUPTED) from None


def _conclude(
    books: Books,
    batch_id: str,
    taken: Taken,
    *,
    detach: bool,
    as_json: bool,
    passed_over: Sequence[PassedOverOut],
) -> int:
    batch = existing_batch(books.views, batch_id)
    videos = list(_videos(books, batch_id, taken.video_ids))
    failed = [video for video in videos if video.state in FAILED]
    exit_code = console.SOME_FAILED if failed and not detach else console.DONE
    report = _report(books, batch)
    if as_json:
        answer = batch_out(batch, videos, books.views.now_s(), eta_s=None, videos_per_hour=None)
        console.print_json(
            SubmitOut(
                batch=batch_id,
                out=answer.out,
                submitted=len(videos),
                already_done=taken.done_before,
                exit_code=exit_code,
                report=None if report is None else outside.shown(report),
                status=answer,
                passed_over=tuple(passed_over),
            )
        )
    elif detach:
        console.say(f"Submitted. `videobatch watch {batch_id}` follows.")
    else:
        _summarise(batch, videos, failed, report)
    return exit_code


def _report(books: Books, batch: BatchView) -> Path | None:
    """The report of a batch that is over, written if it is due; None while it goes on."""
    if batch.open_videos:
        return None
    write_due_reports(books.ledger, books.views)
    return from_uri(batch.out_uri) / "report.md"


def _videos(books: Books, batch_id: str, video_ids: Sequence[str]) -> Iterator[VideoView]:
    if not video_ids:
        yield from books.views.all_videos(batch_id)
    for start in range(0, len(video_ids), _PAGE):
        yield from books.views.videos(batch_id, video_ids[start : start + _PAGE])


def _summarise(
    batch: BatchView, videos: Sequence[VideoView], failed: Sequence[VideoView], report: Path | None
) -> None:
    made = len(videos) - len(failed)
    partial = sum(1 for video in videos if video.state is VideoState.PARTIAL)
    parts = [f"{made} of {len(videos)} documents are there"]
    parts += [f"{partial} from videos that are incomplete"] if partial else []
    counts = Counter(v.result.unwritten for v in videos if v.result and v.result.unwritten)
    told = unwritten(dict(counts.most_common()))
    parts += [told] if told else []
    remarked = sum(1 for video in videos if video.result and video.result.remarks)
    parts += (
        [f"{remarked} with remarks" + (", see the report" if report else "")] if remarked else []
    )
    parts += [f"{console.in_dollars(batch.paid_usd)} paid so far"] if batch.paid_usd else []
    console.say(", ".join(parts), style="bold")
    for line in _failures(failed):
        console.say(line)
    console.say(f"Documents: {outside.shown(from_uri(batch.out_uri))}")
    if report is not None:
        console.say(f"Report: {outside.shown(report)}")


def _failures(failed: Sequence[VideoView]) -> Iterable[str]:
    if failed:
        yield f"{len(failed)} failed:"
    for video in failed[:_MOST_FAILURES]:
        yield f"  {video.name}: {outcome(video)}"
    if len(failed) > _MOST_FAILURES:
        yield f"  and {len(failed) - _MOST_FAILURES} more; the report has all of them"
