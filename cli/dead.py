"""`videobatch dead`: videos that were given up because their workers died of them."""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.connecting import Books, existing_books
from cli.finding import find_video
from cli.schema import DeadOut, DeadVideo, SteerOut
from cli.stack.home import open_home
from config.settings import Settings
from videobatch.errors import SettingsError
from videobatch.paths import display, from_uri
from videobatch.pipeline.original import Probed
from videobatch.records import Stage, VideoState
from videobatch.state.views import VideoView

LOG_LINES = 12

dead = typer.Typer(
    help="Look at videos that were given up because their workers died three times.",
    no_args_is_help=True,
)
Which = Annotated[str, typer.Argument(help="A video's path or id, as `dead list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dead.command("list")
def show_all(as_json: AsJson = False) -> None:
    """List them, oldest first."""
    settings = console.read_settings()
    with console.errors_in_words():
        found = [_letter(each[0], each[1]) for each in _letters(existing_books(settings))]
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
        batch_id, found = _find(books, video)
        letter = _letter(batch_id, found, books, settings)
    if as_json:
        console.print_json(DeadOut(videos=(letter,)))
        return
    for name, value in letter.model_dump(exclude={"log"}).items():
        console.say(f"{name + ':':<13}{'-' if value is None else value}")
    console.say("log:")
    for line in letter.log:
        console.say(f"  {line}")


@dead.command("retry")
def retry(video: Which, as_json: AsJson = False) -> None:
    """Let one begin again, with its three lives."""
    _move(video, lambda books, batch_id, video_id: books.ledger.retry(batch_id, video_id), as_json)


@dead.command("drop")
def drop(video: Which, as_json: AsJson = False) -> None:
    """Take one off this list; it stays in its batch as failed."""
    _move(video, lambda books, batch_id, video_id: books.ledger.drop(batch_id, video_id), as_json)


def _move(video: str, act: Callable[[Books, str, str], str], as_json: bool) -> None:
    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        batch_id, found = _find(books, video)
        state = act(books, batch_id, found.video_id)
    if as_json:
        moved = int(state != VideoState.DEAD)
        console.print_json(
            SteerOut(batch=batch_id, video=found.name, state=state, moved=moved, running=0)
        )
    else:
        console.say(f"{found.name}: now {state}")


def _letters(books: Books) -> list[tuple[str, VideoView]]:
    return [
        (batch_id, video)
        for batch_id, video_id in books.views.dead()
        for video in books.views.videos(batch_id, [video_id])
    ]


def _find(books: Books, named: str) -> tuple[str, VideoView]:
    letters = _letters(books)
    for batch_id, video in letters:
        if named in {video.name, video.video_id}:
            return batch_id, video
    for batch_id in dict.fromkeys(batch_id for batch_id, _ in letters):
        found = find_video(books.views, batch_id, named)
        if any(found.video_id == video.video_id for _, video in letters):
            return batch_id, found
    raise SettingsError(
        f"{display(named)!r} is no dead letter", hint="`videobatch dead list` lists them"
    )


def _letter(
    batch_id: str,
    video: VideoView,
    books: Books | None = None,
    settings: Settings | None = None,
) -> DeadVideo:
    path = from_uri(video.job.source_uri)
    again = ["videobatch", "submit", display(path), "--template", video.job.template, "--force"]
    return DeadVideo(
        batch=batch_id,
        id=video.video_id,
        path=video.name,
        file=display(path),
        content_hash=_hash(books, batch_id, video) if books else None,
        stage=video.stage,
        deaths=video.deaths,
        death=video.death,
        attempts=video.attempts,
        worker=video.worker,
        reason=video.error.message if video.error else None,
        reproduce=shlex.join(again),
        log=_last_lines(settings, batch_id, video) if settings else (),
    )


def _hash(books: Books, batch_id: str, video: VideoView) -> str | None:
    stored = books.views.checkpoint(batch_id, video.video_id, Stage.PROBE.value)
    probed = Probed.of(stored or "")
    return probed.probe.content_hash if probed else None


def _last_lines(settings: Settings, batch_id: str, video: VideoView) -> tuple[str, ...]:
    """What this machine's worker logged of the video, and of children that were lost."""
    marks = (f"{batch_id}/{video.video_id}", "WorkerLostError")
    kept: deque[str] = deque(maxlen=LOG_LINES)
    log: Path = open_home(settings.home).logs / "worker.log"
    try:
        with log.open(errors="replace") as lines:
            kept.extend(line.rstrip() for line in lines if any(mark in line for mark in marks))
    except OSError:
        return ()
    return tuple(kept)


def register(app: typer.Typer) -> None:
    """Adds `dead` to the command line."""
    app.add_typer(dead, name="dead")
