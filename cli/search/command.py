"""`videobatch search`: what was said, written or shown, found again at its second."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.search.links import link, source
from cli.search.schema import HitOut, SearchOut, WordOut
from cli.shared import console
from cli.stack.home import open_home
from videobatch.errors import SettingsError
from videobatch.paths import display
from videobatch.search.index import SearchIndex, open_index
from videobatch.search.query import Query, parse
from videobatch.search.records import Filters, Found, Hit, Kind, Updated

DAY = ["%Y-%m-%d"]

Words = Annotated[
    list[str] | None,
    typer.Argument(
        help='Words; "a phrase"; a beginning*; -without.', show_default=False, metavar="WORDS..."
    ),
]
Batch = Annotated[
    str, typer.Option(help="Only this batch, or those that begin so.", show_default=False)
]
Course = Annotated[
    str, typer.Option(help="Only videos in a folder of this name or path.", show_default=False)
]
Since = Annotated[
    datetime | None,
    typer.Option(formats=DAY, help="Only videos of this day and later.", show_default=False),
]
Until = Annotated[
    datetime | None,
    typer.Option(formats=DAY, help="Only videos of this day and before.", show_default=False),
]
Kinds = Annotated[list[Kind] | None, typer.Option("--kind", help="Only these; may be given again.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000, help="So many moments, at most.")]
Out = Annotated[
    Path | None,
    typer.Option(help="The output folder.  [default: documents]", show_default=False),
]
Rebuild = Annotated[bool, typer.Option("--rebuild", help="Build the index anew first.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call of the command, with its answer's form."""

    root: Path
    query: Query | None
    filters: Filters
    limit: int
    rebuild: bool
    as_json: bool


def search(
    words: Words = None,
    batch: Batch = "",
    course: Course = "",
    since: Since = None,
    until: Until = None,
    kind: Kinds = None,
    limit: Limit = 20,
    out: Out = None,
    rebuild: Rebuild = False,
    as_json: AsJson = False,
) -> None:
    """Find what was said, written or shown, with the second at which it was.

    All words must be there, in any case, width or accents, in traditional or simplified characters:

        videobatch search hash table            both words

        videobatch search "hash table"          one after the other

        videobatch search 'hash*' -python       words that begin so, without another one

        videobatch search 机器学习 --since 2026-09-01

    Each moment counts once. Days are those of the videos' files. The index stands in the stack's
    folder; each search brings it up to date. Ends with 1 where nothing was found.
    """
    settings = console.read_settings()
    with console.errors_in_words():
        asked = _Asked(
            root=Path(os.path.abspath(out or settings.out.expanduser())),  # noqa: PTH100
            query=_query(words or [], rebuild=rebuild),
            filters=_filters(batch, course, since, until, kind or []),
            limit=limit,
            rebuild=rebuild,
            as_json=as_json,
        )
        with open_index(open_home(settings.home).root, asked.root) as index:
            has_hits = _answer(index, asked)
    if not has_hits:
        raise typer.Exit(console.SOME_FAILED)


def _query(words: list[str], *, rebuild: bool) -> Query | None:
    """The query; None where the index is to be built, and nothing is looked for."""
    # A word may begin with a minus, so that options which are none arrive as words.
    unknown = next((word for word in words if word.startswith("--")), None)
    if unknown is not None:
        raise SettingsError(
            f"there is no option {display(unknown)}", hint="`videobatch search --help` lists them"
        )
    return None if rebuild and not words else parse(words)


def _filters(
    batch: str, course: str, since: datetime | None, until: datetime | None, kinds: list[Kind]
) -> Filters:
    if since and until and since > until:
        raise SettingsError("--since is a later day than --until", hint="exchange the two")
    return Filters(
        batch=batch.rstrip("/"),
        course=course,
        since_s=since.astimezone().timestamp() if since else None,
        until_s=(until + timedelta(days=1)).astimezone().timestamp() if until else None,
        kinds=frozenset(kinds),
    )


def _answer(index: SearchIndex, asked: _Asked) -> bool:
    """Prints what is found; True where there is something, or nothing was asked for."""
    from cli.search import showing

    with showing.shown(quiet=asked.as_json) as progress:
        updated = index.rebuild(progress) if asked.rebuild else index.update(progress)
    found = Found((), has_more=False, is_ranked=True)
    if asked.query is not None:
        found = index.find(asked.query, asked.filters, asked.limit)
    for line in () if asked.as_json else _remarks(index, updated):
        console.say(line, style="yellow", err=True)
    if asked.as_json:
        console.print_json(_out(asked.root, index, updated, found))
    elif asked.query is not None:
        showing.show(asked.root, found, updated)
    else:
        console.say(f"The index is built: {updated.videos:,} videos.")
    return bool(found.hits) or asked.query is None


def _remarks(index: SearchIndex, updated: Updated) -> list[str]:
    lines = [f"note: {each}" for each in index.notices]
    lines += [f"note: not read: {each}" for each in updated.unreadable]
    if not updated.is_current:
        lines.append("note: another search is reading what is new; it is missing here")
    return lines


def _out(root: Path, index: SearchIndex, updated: Updated, found: Found) -> SearchOut:
    return SearchOut(
        out=display(root),
        videos=updated.videos,
        changed=updated.changed,
        is_current=updated.is_current,
        is_ranked=found.is_ranked,
        has_more=found.has_more,
        hits=tuple(_hit(root, each) for each in found.hits),
        alone=tuple(WordOut(word=word, passages=count) for word, count in found.alone),
        problems=updated.unreadable,
        notices=tuple(index.notices),
    )


def _hit(root: Path, hit: Hit) -> HitOut:
    return HitOut(
        batch=hit.batch,
        course=hit.course,
        video=hit.video,
        title=hit.title,
        kind=hit.kind.value,
        also=tuple(kind.value for kind in hit.also),
        at_s=hit.at_s,
        text=hit.text,
        marks=hit.marks,
        source=display(source(root, hit)),
        link=link(root, hit),
        dated=datetime.fromtimestamp(hit.dated_s, UTC).astimezone().date().isoformat(),
    )


def register(app: typer.Typer) -> None:
    """Adds `search` to the command line. A word with a minus before it is no option of its."""
    app.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})(
        search
    )
