"""`videobatch dead`: videos that were given up because their processes died of them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from cli.mend.letters import find_letter, in_words, letter_out, letters_in
from cli.mend.noting import noting
from cli.shared import console
from cli.shared.books import Books, existing_books
from cli.shared.finding import find_batch
from cli.shared.schema import DeadMoved, DeadOut, SteerOut
from videobatch.pipeline.outputs.leftovers import remove_leftovers
from videobatch.records import VideoState
from videobatch.state.views import VideoView

dead = typer.Typer(
    help="Look at videos that were given up because their processes died of them.",
    no_args_is_help=True,
)
Which = Annotated[str, typer.Argument(help="A video's path or id, as `dead list` shows it.")]
Some = Annotated[
    str | None,
    typer.Argument(help="A video's path or id, as `dead list` shows it.", show_default=False),
]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]
OfBatch = Annotated[
    str | None,
    typer.Option("--batch", help="Those of this batch alone.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dead.command("list")
def show_all(as_json: AsJson = False) -> None:
    """List them, oldest first."""
    settings = console.read_settings()
    with console.errors_in_words():
        found = [letter_out(each[0], each[1]) for each in letters_in(existing_books(settings))]
    if as_json:
        console.print_json(DeadOut(videos=tuple(found)))
        return
    for each in found:
        how = f" ({each.death})" if each.death else ""
        where = each.stage or "start"
        console.say(f"{each.batch}  {each.path}  {each.deaths} deaths in {where}{how}")
    if not found:
        console.say("There are no dead letters.")


@dead.command("show")
def show(video: Which, as_json: AsJson = False) -> None:
    """Show what is known of one: file, hash, stage, the worker's last lines, how to reproduce."""
    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        batch_id, found = find_letter(video, letters_in(books))
        letter = letter_out(batch_id, found, books, settings)
    if as_json:
        console.print_json(DeadOut(videos=(letter,)))
        return
    for name, value in letter.model_dump(exclude={"evidence", "log"}).items():
        console.say(f"{name + ':':<13}{'-' if value is None else value}")
    console.say("evidence:")
    for end in letter.evidence:
        console.say(f"  {in_words(end)}")
    console.say("log:")
    for line in letter.log:
        console.say(f"  {line}")


@dead.command("retry")
def retry(
    video: Some = None, every: Every = False, batch: OfBatch = None, as_json: AsJson = False
) -> None:
    """Let one, all, or all of a batch begin again, with nothing held against it."""
    _move("retry", _chosen(video, every, batch), as_json)


@dead.command("drop")
def drop(
    video: Some = None, every: Every = False, batch: OfBatch = None, as_json: AsJson = False
) -> None:
    """Take one, all, or all of a batch off this list; they stay in their batch as failed, and what
    their attempts left is removed."""
    _move("drop", _chosen(video, every, batch), as_json)


@dataclass(frozen=True, slots=True)
class _Choice:
    """One named video, or all (of a batch)."""

    video: str | None
    batch: str | None


def _chosen(video: str | None, every: bool, batch: str | None) -> _Choice:
    if video is not None and every:
        console.complain("a video and --all: which of them?", "name the video, or say --all")
        raise typer.Exit(console.USAGE)
    if video is None and not every and batch is None:
        console.complain("which ones?", "name a video, say --all, or --batch for all of a batch")
        raise typer.Exit(console.USAGE)
    return _Choice(video, batch)


def _move(word: Literal["retry", "drop"], choice: _Choice, as_json: bool) -> None:
    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        moved = [_moved(books, word, *each) for each in _named(books, choice)]
    if as_json and choice.video is not None:
        console.print_json(moved[0])
    elif as_json:
        total = sum(each.moved for each in moved)
        console.print_json(DeadMoved(moved=total, videos=tuple(moved)))
    else:
        for each in moved:
            console.say(f"{each.video}: now {each.state}")
        if not moved:
            console.say("There are no dead letters.")


def _named(books: Books, choice: _Choice) -> list[tuple[str, VideoView]]:
    letters = letters_in(books)
    if choice.batch is not None:
        batch_id = find_batch(books.views.batch_ids(), choice.batch)
        letters = [each for each in letters if each[0] == batch_id]
    return letters if choice.video is None else [find_letter(choice.video, letters)]


def _moved(
    books: Books, word: Literal["retry", "drop"], batch_id: str, video: VideoView
) -> SteerOut:
    act = books.ledger.retry if word == "retry" else books.ledger.drop
    with noting(books, batch_id, word) as done:
        state = act(batch_id, video.video_id)
        done.append(video.video_id)
    if word == "drop":
        # A controller does so, too, within seconds, where this machine cannot.
        with suppress(OSError):
            remove_leftovers(video.job)
    moved = int(state != VideoState.DEAD)
    return SteerOut(batch=batch_id, video=video.name, state=state, moved=moved, running=0)


def register(app: typer.Typer) -> None:
    """Adds `dead` to the command line."""
    app.add_typer(dead, name="dead")
