"""`videobatch workers`: who works, on what, and with how many slots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from cli.fleet.schema import WorkerOut, WorkersOut
from cli.shared import console
from cli.shared.books import PATIENCE_S, existing_books
from videobatch.state.samples import SampleStore

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def workers(as_json: AsJson = False) -> None:
    """Show the workers that live: host, processes, slots wanted and real, and what binds."""
    from cli.fleet.decisions import last_tick

    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        client = books.ledger.client
        alive = SampleStore(client, settings.prefix, patience_s=PATIENCE_S).alive()
        tick = last_tick(client, settings.prefix)
    binds = {d.host_id: str(d.binds) for d in tick.decisions} if tick else {}
    found = [_worker(name, sample, binds) for name, sample in sorted(alive.items())]
    if as_json:
        console.print_json(WorkersOut(workers=tuple(found)))
        return
    for line in _lines(found):
        console.say(line)


def _worker(name: str, sample: Mapping[str, Any], binds: Mapping[str, str]) -> WorkerOut:
    return WorkerOut(
        worker=name,
        host=sample["host_id"],
        pid=sample["pid"],
        children=tuple(sample["child_pids"]),
        slots_wanted=sample["slots_wanted"],
        slots_real=sample["slots_real"],
        slots_most=sample.get("slots_most") or sample["slots_wanted"],
        running=sample["running"],
        memory_bytes=sample["pss_bytes"] or sample["rss_bytes"],
        uptime_s=sample["uptime_s"],
        binds=binds.get(sample["host_id"]),
    )


def _lines(found: Sequence[WorkerOut]) -> Iterator[str]:
    if not found:
        yield "No worker lives. `videobatch up` starts the local one."
        return
    widest = max(len(each.worker) for each in found)
    for each in found:
        binds = f", bound by {each.binds}" if each.binds else ""
        yield (
            f"{each.worker:<{widest}}  {each.running} running, {each.slots_wanted} slots wanted"
            f" ({each.slots_real} real, {each.slots_most} at most){binds}"
        )
        children = " ".join(map(str, each.children))
        yield (
            f"{'':<{widest}}  {each.host}, process {each.pid}, children {children},"
            f" {each.memory_bytes / 1e6:,.0f} MB"
        )


def register(app: typer.Typer) -> None:
    """Adds `workers` to the command line."""
    app.command()(workers)
