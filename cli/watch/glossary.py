"""`videobatch glossary`: the terms by which a batch is translated, as they have grown."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.shared import console
from cli.shared.books import Books, existing_books
from cli.shared.finding import find_batch
from cli.shared.schema import GlossaryOut, GlossaryTermOut
from videobatch.errors import SettingsError
from videobatch.paths import from_uri
from videobatch.pipeline.text.vocabulary import fold
from videobatch.pipeline.translating.glossary_file import NAME, read_glossary, to_csv
from videobatch.records import GlossaryTerm
from videobatch.state.glossaries import Glossaries

Batch = Annotated[str | None, typer.Argument(help="The batch; the newest one without.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help=f"Print it as a {NAME} has it.")]


def glossary(batch: Batch = None, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Show the terms by which a batch is translated: yours, and those that its videos brought.

    Save it as glossary.csv in the folder of the videos, put right what you would say otherwise, and
    submit again: your own terms always win.
    """
    settings = console.read_settings()
    with console.errors_in_words():
        found = found_terms(existing_books(settings), batch)
    if as_json:
        console.print_json(found)
    elif as_csv:
        typer.echo(to_csv([_term(each) for each in found.terms]), nl=False)
    elif not found.terms:
        console.say(f"{found.batch} has no glossary: nothing of it was translated so far")
    else:
        for each in found.terms:
            told = f"; {each.explanation}" if each.explanation else ""
            console.say(f"  {each.term} = {each.translation}{told}  ({each.source})")


def found_terms(books: Books, named: str | None) -> GlossaryOut:
    """The terms of the batch that is named, or of the newest one. Raises SettingsError where there
    is none, or for a `glossary.csv` that is not right, LedgerError for a Redis that is away."""
    ids = books.views.batch_ids()
    if not ids:
        raise SettingsError("there is no batch", hint="`videobatch submit` makes one")
    batch_id = ids[-1] if named is None else find_batch(ids, named)
    (view,) = books.views.batches([batch_id])
    names = {video.video_id: video.name for video in books.views.all_videos(batch_id)}
    # The user's own first; a term that they have is theirs.
    found = {fold(each.term): _out(each, NAME) for each in read_glossary(from_uri(view.root_uri))}
    for shared in Glossaries(books.ledger.store).of(batch_id):
        source = names.get(shared.video_id, shared.video_id)
        found.setdefault(fold(shared.term.term), _out(shared.term, source))
    return GlossaryOut(batch=batch_id, terms=tuple(found[name] for name in sorted(found)))


def _out(term: GlossaryTerm, source: str) -> GlossaryTermOut:
    return GlossaryTermOut(
        term=term.term,
        translation=term.translation,
        explanation=term.explanation,
        source=source,
    )


def _term(shown: GlossaryTermOut) -> GlossaryTerm:
    return GlossaryTerm(shown.term, shown.translation, shown.explanation)


def register(app: typer.Typer) -> None:
    """Adds `glossary` to the command line."""
    app.command()(glossary)
