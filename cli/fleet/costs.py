"""`videobatch costs`: what calls cost, and those that may have been paid for in vain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Annotated

import typer

from cli.shared import console
from cli.shared.books import existing_books
from cli.shared.schema import BatchCost, CallOut, CostsOut, DayCost, SpentOut
from videobatch.state.answers import OpenCall, RedisAnswers
from videobatch.state.costs import Costs

SHOWN_DAYS, SHOWN_CALLS = 14, 20
# No call takes longer than its time limit; what began before has lost its process.
LONGEST_CALL_S = 900.0

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def costs(as_json: AsJson = False) -> None:
    """Show what paid calls cost: by day, by batch, and calls that were paid for in vain.

    A call whose answer never came may have been paid for: its worker died while it was out. It is
    made again when its video is, and leaves the list then. An answer of no use was paid for, and is
    never used. Models whose price is not known count nothing.
    """
    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        kept = Costs(books.ledger.store)
        answers = RedisAnswers(books.ledger.store)
        calls, spent = answers.open_calls(), answers.spent_calls()
        now_s = books.views.now_s()
        found = CostsOut(
            days=tuple(DayCost(day=d.isoformat(), usd=usd) for d, usd in kept.days().items()),
            batches=tuple(BatchCost(batch=b, usd=usd) for b, usd in kept.batches().items()),
            calls=tuple(_call(each, now_s) for each in calls),
            spent=tuple(SpentOut(what=s.what, why=s.why, at_s=s.at_s) for s in spent),
        )
    if as_json:
        console.print_json(found)
        return
    for line in _lines(found):
        console.say(line)


def _call(call: OpenCall, now_s: float) -> CallOut:
    is_out = now_s - call.began_s < LONGEST_CALL_S
    return CallOut(what=call.what, began_s=call.began_s, is_out=is_out)


def _lines(found: CostsOut) -> Iterator[str]:
    if not (found.days or found.calls or found.spent):
        yield "Nothing was paid for so far."
        return
    if found.days:
        yield "By day (UTC, or VIDEOBATCH_API__DAY_ZONE):"
        for day in found.days[-SHOWN_DAYS:]:
            yield f"  {day.day}  {console.in_dollars(day.usd):>12}"
    if found.batches:
        yield "By batch:"
        for batch in sorted(found.batches, key=lambda each: -each.usd):
            yield f"  {console.in_dollars(batch.usd):>12}  {batch.batch}"
    if found.calls:
        yield "Calls without an answer:"
    for call in found.calls[:SHOWN_CALLS]:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(call.began_s))
        word = "is out since" if call.is_out else "may have been paid for,"
        yield f"  {call.what}: {word} {when}"
    if len(found.calls) > SHOWN_CALLS:
        yield f"  and {len(found.calls) - SHOWN_CALLS} more (--json lists them)"
    yield from _spent_lines(found)


def _spent_lines(found: CostsOut) -> Iterator[str]:
    if found.spent:
        yield "Paid for, with an answer of no use (it is asked for anew):"
    for call in found.spent[:SHOWN_CALLS]:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(call.at_s))
        yield f"  {call.what}: {call.why}, {when}"
    if len(found.spent) > SHOWN_CALLS:
        yield f"  and {len(found.spent) - SHOWN_CALLS} more (--json lists them)"


def register(app: typer.Typer) -> None:
    """Adds `costs` to the command line."""
    app.command()(costs)
