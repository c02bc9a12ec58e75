"""`videobatch recover`: a ledger that was lost, rebuilt from an output folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from cli.mend.rebuilding import rebuild
from cli.shared import console
from cli.shared.books import mark_recovered, open_books
from cli.shared.schema import RecoveredBatch, RecoverOut
from cli.stack.commands import ensure_stack
from videobatch.errors import SettingsError
from videobatch.paths import display
from videobatch.submission.accepted import Remembered, remembered

Out = Annotated[
    Path | None, typer.Argument(help="The output folder.  [default: documents]", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def recover(out: Out = None, as_json: AsJson = False) -> None:
    """Rebuild the ledger from an output folder, after Redis has lost its data.

    What the ledger knows stays as it is. Every other batch below the folder is there again: what is
    done counts as done, what was cancelled stays cancelled, and the rest waits until you `resume`
    the batch, to go on from the stages and segments that were finished. Safe to repeat.

    Ends with 1 where a batch could not be recovered.
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
        answers = tuple(rebuild(books, path, each) for path, each in found)
        mark_recovered(books, settings)
    if as_json:
        console.print_json(RecoverOut(batches=answers))
    else:
        for line in chain.from_iterable(map(_lines, answers)):
            console.say(line)
    if any(each.problem for each in answers):
        raise typer.Exit(console.SOME_FAILED)


def _lines(each: RecoveredBatch) -> Iterator[str]:
    if each.problem:
        yield f"{each.batch}: {each.problem}"
    elif each.state == "forgotten":
        yield f"{each.batch}: forgotten by hand; submit its folder again to have it back"
    elif each.state == "known" and not each.added:
        yield f"{each.batch}: the ledger knows it; nothing was changed"
    elif each.state == "known":
        yield f"{each.batch}: {each.added} videos are there again; the rest was left as it is"
    else:
        parts = [f"{each.videos} videos", f"{each.made} done"]
        parts += [f"{each.cancelled} cancelled"] if each.cancelled else []
        parts += [f"{each.open} wait"] if each.open else []
        yield f"{each.batch}: {', '.join(parts)}"
    if each.is_paused:
        yield f"  it is paused: `videobatch resume {each.batch}` lets it go on"
    if each.moved_from and not each.problem:
        yield f"  its folder was {each.moved_from}; documents go where it is now"
    if each.torn:
        yield f"  {each.torn} lines of its list cannot be read; submit its folder again"


def _batches(folder: Path) -> Iterator[tuple[Path, Remembered | SettingsError]]:
    """The batches' folders below this one, with what each remembers, or why that cannot be read."""
    if not folder.is_dir():
        raise SettingsError(f"there is no folder {display(folder)}", hint="check the spelling")
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_dir():
            continue
        try:
            found = remembered(path)
        except SettingsError as error:
            yield path, error
        else:
            if found is not None:
                yield path, found


def register(app: typer.Typer) -> None:
    """Adds `recover` to the command line."""
    app.command()(recover)
