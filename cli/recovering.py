"""`videobatch recover`: a ledger that was lost, rebuilt from an output folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.accepted import Remembered, remembered
from cli.connecting import Books, open_books
from cli.inputs import Found
from cli.lives import is_recovered
from cli.planning import made_before
from cli.schema import RecoveredBatch, RecoverOut
from cli.stack.commands import ensure_stack
from videobatch.errors import SettingsError
from videobatch.paths import display, from_uri
from videobatch.state.ledger import NewVideo

Out = Annotated[
    Path | None, typer.Argument(help="The output folder.  [default: documents]", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def recover(out: Out = None, as_json: AsJson = False) -> None:
    """Rebuild the ledger from an output folder, after Redis has lost its data.

    Every batch below the folder is there again: what is done counts as done, the rest goes on,
    from the stages and segments that were finished. Safe to repeat, and harmless where nothing
    was lost.
    """
    settings = console.read_settings()
    with console.errors_in_words():
        folder = Path(os.path.abspath(out or settings.out.expanduser()))  # noqa: PTH100
        found = list(_batches(folder))
        if not found:
            raise SettingsError(
                f"there are no batches below {display(folder)}",
                hint="name the folder that was given to submit with --out",
            )
        books = open_books(ensure_stack(settings), settings)
        answers = tuple(_rebuild(books, each) for each in found)
        is_recovered(books, settings)
    if as_json:
        console.print_json(RecoverOut(batches=answers))
        return
    for each in answers:
        console.say(f"{each.batch}: {each.videos} videos, {each.made} done, {each.open} go on")
        if each.torn:
            console.say(f"  {each.torn} lines of its list cannot be read; submit its folder again")


def _batches(folder: Path) -> Iterator[Remembered]:
    if not folder.is_dir():
        raise SettingsError(f"there is no folder {display(folder)}", hint="check the spelling")
    for path in sorted(folder.iterdir()):
        found = remembered(path) if path.is_dir() else None
        if found is not None:
            yield found


def _rebuild(books: Books, found: Remembered) -> RecoveredBatch:
    batch = found.batch
    books.ledger.open_batch(
        batch.batch_id,
        name=batch.name,
        out_uri=batch.out_uri,
        root_uri=batch.root_uri,
        provider=batch.provider,
    )
    videos = [_as_it_stands(video) for video in found.videos]
    books.ledger.add_videos(batch.batch_id, videos)
    books.ledger.feed()
    made = sum(1 for video in videos if video.result is not None)
    failed = sum(1 for video in videos if video.error is not None)
    return RecoveredBatch(
        batch=batch.batch_id,
        videos=len(videos),
        made=made,
        open=len(videos) - made - failed,
        torn=found.torn,
    )


def _as_it_stands(video: NewVideo) -> NewVideo:
    """The video with the result that its folder holds by now."""
    if video.error is not None:
        return video
    job = video.job
    found = Found(
        name=job.name,
        path=from_uri(job.source_uri),
        root=from_uri(job.root_uri),
        size_bytes=job.size_bytes,
        mtime_ns=job.mtime_ns,
    )
    return replace(video, result=made_before(found, from_uri(job.out_uri), job))


def register(app: typer.Typer) -> None:
    """Adds `recover` to the command line."""
    app.command()(recover)
