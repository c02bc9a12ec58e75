"""`videobatch submit`: from a folder to its documents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.shared import console, outside
from cli.shared.books import AGREE_S, Books, check_life, open_books
from cli.shared.days import today
from cli.shared.schema import PassedOverOut
from cli.stack.commands import ensure_stack
from cli.submit.asked import Agreed, Asked, agreed
from cli.watch.ending import follow_to_the_end, goes_on
from config.values import ProviderName
from videobatch.paths import display
from videobatch.state.store import refuse_eviction
from videobatch.state.versions import agree
from videobatch.submission.handover import Submitted, hand_over
from videobatch.submission.inputs import Inputs, about_unnamed
from videobatch.submission.wish import about_engine

Paths = Annotated[
    list[Path] | None,
    typer.Argument(help="A folder (searched with all below it), or files.", show_default=False),
]
ListFile = Annotated[
    Path | None,
    typer.Option("--list", help="A text file with one path a line.", show_default=False),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Where documents go.  [default: documents]"),
]
TemplateName = Annotated[
    str | None,
    typer.Option(
        "--template",
        "-t",
        help="summary_report, chinese_transcript, comprehensive_lesson, flash_cards, or one of "
        "your own.",
    ),
]
Params = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the template."),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        help="What the documents are in: en or zh.  [default: what is spoken]",
    ),
]
NamePattern = Annotated[
    str | None,
    typer.Option(
        "--name-pattern",
        metavar="PATTERN",
        help="The names of the documents' files, as in '{title} – {template}'; "
        "{folder} and {batch}, too.  [default: VIDEOBATCH_NAME_PATTERN, else {template}]",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Make again what is done already.")]
Detach = Annotated[
    bool, typer.Option("--detach", "-d", help="Return at once; `videobatch watch` follows.")
]
NoCache = Annotated[
    bool,
    typer.Option(
        "--no-cache", help="Make again, and pay again: use no answer that was paid for before."
    ),
]
Provider = Annotated[
    ProviderName | None,
    typer.Option(
        "--provider", help="Who hears and writes.  [default: VIDEOBATCH_PROVIDER, else offline]"
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Agree to what a paid provider will cost.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON answer at the end.")]


def submit(
    paths: Paths = None,
    list_file: ListFile = None,
    out: Out = None,
    template: TemplateName = None,
    params: Params = None,
    language: Language = None,
    name_pattern: NamePattern = None,
    force: Force = False,
    no_cache: NoCache = False,
    detach: Detach = False,
    provider: Provider = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Turn videos into documents, and follow until they are made.

    Videos whose documents are there already are skipped: the same content, template and settings.
    Ctrl-C only ends the watching; the batch goes on.

    Ends with 0 when every video is done (or partly readable), 1 when some failed, 2 when nothing
    could be submitted.

    Examples:

        videobatch submit lectures

        videobatch submit a.mp4 b.mkv --template comprehensive_lesson --out notes

        videobatch submit lectures --set key_points=12 --detach

        videobatch submit lectures --language zh

        videobatch submit lectures --provider openai --yes
    """
    outside.take_umask()
    asked = Asked(
        paths,
        list_file,
        out,
        template,
        params,
        force,
        no_cache,
        detach,
        provider,
        yes,
        as_json,
        language,
        name_pattern,
    )
    sys.exit(_submitted(asked))


def _submitted(asked: Asked) -> int:
    """Hands over what was asked for, and follows it; the exit code."""
    settings = console.read_settings()
    with console.errors_in_words():
        wanted = agreed(asked, settings, today())
        books = open_books(ensure_stack(settings), settings)
        refuse_eviction(books.ledger.store)
        agree(books.ledger.store.with_patience(AGREE_S))
        check_life(books, settings)
        submitted = hand_over(wanted.submission, wanted.chunks, books.ledger, books.views)
    with goes_on(submitted.batch_id):
        return _followed(asked, books, wanted, submitted)


def _followed(asked: Asked, books: Books, wanted: Agreed, submitted: Submitted) -> int:
    """Tells what was handed over, and follows it to its end; the exit code."""
    inputs = wanted.submission.inputs
    for line in about_engine(wanted.submission.wish):
        console.say(line, err=True)
    if not asked.as_json:
        _tell(submitted, inputs)
    ended = follow_to_the_end(
        books,
        submitted.batch_id,
        submitted,
        detach=asked.detach,
        as_json=asked.as_json,
        passed_over=[
            PassedOverOut(path=each.name, code=each.error.code, reason=each.error.message)
            for each in submitted.passed_over
        ],
    )
    return ended or (console.SOME_FAILED if inputs.problems else console.DONE)


def _tell(submitted: Submitted, inputs: Inputs) -> None:
    """Says what was found and taken, before the first bar moves."""
    count = len(submitted.video_ids)
    console.say(f"{count} video{'s' * (count != 1)}, batch {submitted.batch_id}")
    if submitted.done_before:
        console.say(f"{submitted.done_before} done already; --force makes them again")
    if submitted.busy:
        console.say(
            f"{submitted.busy} are being worked on with other settings, or are other files by now, "
            "and go on so; submit again when they are done"
        )
    for name in inputs.linked_folders:
        console.say(f"passed over, a link to a folder: {display(name)}")
    for line in about_unnamed(inputs):
        console.say(line)
    for problem in inputs.problems:
        console.say(f"passed over, {problem.error.message}; {problem.error.hint}")


def register(app: typer.Typer) -> None:
    """Adds `submit` to the command line."""
    app.command()(submit)
