"""`videobatch pause`, `resume`, `cancel` and `retry`: a batch or one of its videos."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.mend.noting import noting
from cli.mend.successors import name_successors
from cli.shared import console
from cli.shared.books import Books, existing_books
from cli.shared.days import today
from cli.shared.finding import find_batch, find_video, open_batches_last
from cli.shared.schema import SteerOut
from videobatch.errors import SettingsError
from videobatch.records import VideoState
from videobatch.state.ledger import Steer, Steered
from videobatch.state.views import VideoView

Batch = Annotated[str, typer.Argument(help="A batch, or the beginning of its name.")]
NewestBatch = Annotated[
    str | None,
    typer.Argument(help="A batch; the newest open one by default.", show_default=False),
]
Video = Annotated[
    str | None, typer.Argument(help="Only this video: its path or id.", show_default=False)
]
Now = Annotated[
    bool, typer.Option("--now", help="Stop running videos at their next checkpoint, too.")
]
SameModel = Annotated[
    bool, typer.Option("--same-model", help="Ask the model again that was not served.")
]
RetryAll = Annotated[bool, typer.Option("--all", help="Also those that are done.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_RETRIED = (VideoState.FAILED, VideoState.DEAD, VideoState.CANCELLED)
_MADE = (VideoState.DONE, VideoState.PARTIAL)


def pause(
    batch: NewestBatch = None, video: Video = None, now: Now = False, as_json: AsJson = False
) -> None:
    """Start no more videos. Running ones come to their end, unless --now; nothing is lost."""
    _steer("pause", batch, video, now=now, as_json=as_json)


def resume(
    batch: NewestBatch = None,
    video: Video = None,
    same_model: SameModel = False,
    as_json: AsJson = False,
) -> None:
    """Go on with what was paused.

    A batch whose model is not served any more goes on with the one that VIDEOBATCH_SPEECH__MODEL or
    VIDEOBATCH_WRITER__MODEL names now. A video that was heard half is heard anew where that one
    tells no times.
    """
    _steer("resume", batch, video, now=False, as_json=as_json, names_models=not same_model)


def cancel(batch: Batch, video: Video = None, as_json: AsJson = False) -> None:
    """Give up what is not done. Running videos stop at their next checkpoint; documents that are
    there stay, and no half-written file is left."""
    _steer("cancel", batch, video, now=True, as_json=as_json)


def retry(
    batch: Batch, video: Video = None, done_too: RetryAll = False, as_json: AsJson = False
) -> None:
    """Try again what failed, died or was cancelled; with --all everything that has ended."""
    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        chosen = find_batch(books.views.batch_ids(), batch)
        again = [
            each.video_id
            for each in _candidates(books, chosen, video)
            if each.state in _RETRIED or (done_too and each.state in _MADE)
        ]
        with noting(books, chosen, "retry") as done:
            for video_id in again:
                books.ledger.retry(chosen, video_id, done_too=done_too)
                done.append(video_id)
        now = books.views.batch(chosen)
    # A model that is gone keeps it paused.
    state = now.state if now else "open"
    _answer(SteerOut(batch=chosen, video=video, state=state, moved=len(again), running=0), as_json)


def _candidates(books: Books, batch_id: str, video: str | None) -> list[VideoView]:
    if video is not None:
        return [find_video(books.views, batch_id, video)]
    return list(books.views.all_videos(batch_id))


def _steer(
    what: Steer,
    batch: str | None,
    video: str | None,
    *,
    now: bool,
    as_json: bool,
    names_models: bool = True,
) -> None:
    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        ids = open_batches_last(books.views)
        if not ids:
            raise SettingsError("there are no batches", hint="`videobatch submit` makes one")
        chosen = find_batch(ids, batch) if batch else ids[-1]
        video_id = find_video(books.views, chosen, video).video_id if video else ""
        if what == "resume" and not video_id and names_models:
            name_successors(books, settings, chosen, today())
        with noting(books, chosen, what) as noted:
            done = books.ledger.steer(chosen, what, video_id=video_id, now=now)
            if done is not None:
                noted.append(video_id)
        if done is None:
            raise SettingsError(f"{chosen} is gone", hint="`videobatch status` lists the batches")
    _answer(_out(chosen, video, done), as_json)


def _out(batch_id: str, video: str | None, done: Steered) -> SteerOut:
    return SteerOut(
        batch=batch_id, video=video, state=done.state, moved=done.moved, running=done.running
    )


def _answer(answer: SteerOut, as_json: bool) -> None:
    if as_json:
        console.print_json(answer)
        return
    about = f"{answer.video} of {answer.batch}" if answer.video else answer.batch
    line = f"{about}: {answer.state}"
    if answer.moved:
        line += f", {answer.moved} video{'s' * (answer.moved != 1)} changed"
    if answer.running:
        line += f", {answer.running} still running"
    console.say(line)


def register(app: typer.Typer) -> None:
    """Adds the four commands."""
    for command in (pause, resume, cancel, retry):
        app.command()(command)
