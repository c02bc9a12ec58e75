"""`videobatch decisions`: what the controller decided, and why."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli.fleet.schema import DecisionOut, DecisionsOut, SuggestionOut
from cli.shared import console
from cli.shared.books import existing_books
from controllers.policy.records import Binds, Tick
from controllers.remedies import REMEDIES
from videobatch.errors import SettingsError
from videobatch.state.control import ControlStore

SHOWN = 20

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Count = Annotated[int, typer.Option("-n", "--last", min=1, max=1000, help="How many.")]
Why = Annotated[bool, typer.Option("--why", help="Also the numbers, and what would change it.")]
Record = Annotated[
    Path | None,
    typer.Option(
        "--record",
        metavar="FILE",
        help="Write what was seen and decided in the last half hour, for `replay`.",
        show_default=False,
    ),
]


def last_tick(store: ControlStore) -> Tick | None:
    """The controller's last round; None if there was none, or one of another version."""
    for text in store.ticks(1):
        try:
            return Tick.from_json(text)
        except ValidationError:
            return None
    return None


def decisions(
    last: Count = SHOWN, why: Why = False, record: Record = None, as_json: AsJson = False
) -> None:
    """Show when the controller changed the number of videos at once, and what bound it.

    Without a controller, or with nothing to change, nothing is added. Below stands what the slow
    loop suggests, or has applied with VIDEOBATCH_CONCURRENCY__TUNE=true.
    """
    settings = console.read_settings()
    with console.errors_in_words():
        store = ControlStore(existing_books(settings).ledger.store)
        if record is not None:
            ticks = store.ticks()
            _write(record, ticks)
            console.say(f"{len(ticks)} rounds written; `videobatch replay {record}` repeats them")
            return
        found = [_decision(json.loads(text)) for text in store.decisions(last)]
        suggested = [_suggestion(json.loads(text)) for text in store.suggestions(last)]
    if as_json:
        console.print_json(DecisionsOut(decisions=tuple(found), suggestions=tuple(suggested)))
        return
    for line in (*_lines(found, why=why), *_suggestion_lines(suggested)):
        console.say(line)


def _write(path: Path, ticks: Sequence[str]) -> None:
    try:
        path.write_text("".join(f"{tick}\n" for tick in ticks), "utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error


def _decision(told: dict[str, Any]) -> DecisionOut:
    return DecisionOut(remedy=REMEDIES[Binds(told["binds"])], **told)


def _suggestion(told: dict[str, Any]) -> SuggestionOut:
    return SuggestionOut(host=told.pop("host_id"), **told)


def _suggestion_lines(found: Sequence[SuggestionOut]) -> Iterator[str]:
    if found:
        yield "The slow loop:"
    for each in found:
        when = time.strftime("%H:%M:%S", time.localtime(each.at_s))
        what = each.what.replace("_", " ")
        if each.target is not None:
            what += f" to {each.target:g}"
        how = "applied" if each.applied else "suggested"
        yield f"{when}  {each.host or 'all hosts'}  {how}: {what}, since {each.reason}"


def _lines(found: Sequence[DecisionOut], *, why: bool) -> Iterator[str]:
    if not found:
        yield "The controller has decided nothing so far."
    for each in found:
        when = time.strftime("%H:%M:%S", time.localtime(each.at_s))
        yield f"{when}  {each.host}  {each.slots:>3} slots  {each.binds:<13}  {each.reason}"
        if why:
            seen = [f"{each.running} running", f"{each.pending} waiting"]
            if each.cpu_fraction is not None:
                seen.append(f"CPU {each.cpu_fraction:.0%}")
            if each.memory_fraction is not None:
                seen.append(f"memory {each.memory_fraction:.0%}")
            figures = ", ".join(f"{name} {value:.4g}" for name, value in each.figures.items())
            yield f"{'':<10}seen: {', '.join(seen)}"
            if figures:
                yield f"{'':<10}from: {figures}"
            yield f"{'':<10}more by: {each.remedy}"


def register(app: typer.Typer) -> None:
    """Adds `decisions` to the command line."""
    app.command()(decisions)
