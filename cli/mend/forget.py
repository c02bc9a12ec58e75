"""`videobatch forget`: a batch is taken out of the ledger, and its documents stay."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from cli.mend.noting import noting
from cli.shared import console, outside
from cli.shared.books import Books, existing_books
from cli.shared.finding import find_batch
from cli.shared.schema import ForgetOut
from videobatch.errors import SettingsError
from videobatch.paths import display, from_uri
from videobatch.pipeline.outputs.leftovers import remove_leftovers
from videobatch.records import FINAL_STATES, VideoState
from videobatch.state.ledger import Forgotten
from videobatch.state.views import BatchView

log = logging.getLogger(__name__)

Batch = Annotated[str, typer.Argument(help="A batch, or the beginning of its name.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_MADE = (VideoState.DONE, VideoState.PARTIAL)


def forget(batch: Batch, yes: Yes = False, as_json: AsJson = False) -> None:
    """Take a batch out of the ledger: lists show it no more, and what is not done is given up.

    Its documents and its report stay, and what was paid on a day too. A batch that is being
    worked on has to be cancelled first. `recover` does not bring it back; submitting its videos
    again does.
    """
    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        chosen = find_batch(books.views.batch_ids(), batch)
        view = books.views.batch(chosen)
        if view is None:
            raise _gone(chosen)
        _refuse_running(view)
        if not (yes or _agreed(view, as_json=as_json)):
            raise typer.Exit(console.USAGE)
        _forget(books, view)
    where = outside.shown(from_uri(view.out_uri))
    if as_json:
        console.print_json(ForgetOut(batch=chosen, videos=view.total, out=where))
    else:
        console.say(f"{chosen} is forgotten; its documents stay in {where}")


def _refuse_running(view: BatchView) -> None:
    running = view.counts.get(VideoState.RUNNING, 0) + view.counts.get(VideoState.COMMITTED, 0)
    if running and view.state != "cancelled":
        raise SettingsError(
            f"{running} video{'s' * (running != 1)} of {view.batch_id} are being worked on",
            hint=f"`videobatch cancel {view.batch_id}` stops them; then forget it",
        )


def _agreed(view: BatchView, *, as_json: bool) -> bool:
    made = sum(view.counts.get(state, 0) for state in _MADE)
    what = f"{view.batch_id}, {made} of {view.total} videos done"
    if as_json or not _can_ask():
        raise SettingsError(
            f"forgetting cannot be taken back ({what})",
            hint="say --yes where nobody can be asked",
        )
    return typer.confirm(f"Forget {display(what)}? Its documents stay.")


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _forget(books: Books, view: BatchView) -> None:
    """Nothing begins once it is cancelled, so what attempts left can go before anybody forgets
    where that is."""
    with noting(books, view.batch_id, "forget") as done:
        books.ledger.steer(view.batch_id, "cancel")
        for video in books.views.all_videos(view.batch_id):
            if video.state in FINAL_STATES and video.state not in _MADE:
                try:
                    remove_leftovers(video.job)
                except OSError as error:
                    log.info("files of %s are not removed: %s", video.name, error.strerror)
        _check(view, books.ledger.forget(view.batch_id))
        done.append("")


def _check(view: BatchView, forgotten: Forgotten) -> None:
    if forgotten.what == "":
        raise _gone(view.batch_id)
    if forgotten.what == "running":
        raise SettingsError(
            f"{forgotten.count} documents of {view.batch_id} are being put in place",
            hint="that takes a moment; then forget it",
        )
    if forgotten.what == "opened":
        raise SettingsError(
            f"{view.batch_id} was submitted again while it was being forgotten",
            hint="`videobatch status` tells what is left of it; submit it again for the rest",
        )


def _gone(batch_id: str) -> SettingsError:
    return SettingsError(f"{batch_id} is gone", hint="`videobatch status` lists the batches")


def register(app: typer.Typer) -> None:
    """Adds `forget` to the command line."""
    app.command()(forget)
