"""`videobatch workers`: who works, on what, and with how many slots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import typer

from cli.fleet.schema import WorkerOut, WorkersOut
from cli.shared import console
from cli.shared.books import PATIENCE_S, existing_books
from videobatch.records import Sample
from videobatch.state.control import ControlStore
from videobatch.state.samples import SampleStore

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def workers(as_json: AsJson = False) -> None:
    """Show the workers that live: host, processes, slots wanted and real, and what binds."""
    from cli.fleet.decisions import last_tick

    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        store = books.ledger.store
        alive = SampleStore(store.with_patience(PATIENCE_S)).alive()
        tick = last_tick(ControlStore(store))
    binds = {d.host_id: str(d.binds) for d in tick.decisions} if tick else {}
    found = [_worker(name, each.sample, binds) for name, each in sorted(alive.items())]
    if as_json:
        console.print_json(WorkersOut(workers=tuple(found)))
        return
    for line in _lines(found):
        console.say(line)


def _worker(name: str, sample: Sample, binds: Mapping[str, str]) -> WorkerOut:
    return WorkerOut(
        worker=name,
        host=sample.host_id,
        pid=sample.pid,
        children=sample.child_pids,
        slots=sample.slots,
        real_slots=sample.real_slots,
        most_slots=sample.most_slots,
        slots_wanted=sample.slots,
        slots_real=sample.real_slots,
        slots_most=sample.most_slots,
        running=sample.running,
        memory_bytes=sample.pss_bytes or sample.rss_bytes,
        uptime_s=sample.uptime_s,
        binds=binds.get(sample.host_id),
    )


def _lines(found: Sequence[WorkerOut]) -> Iterator[str]:
    if not found:
        yield "No worker lives. `videobatch up` starts the local one."
        return
    widest = max(len(each.worker) for each in found)
    for each in found:
        binds = f", bound by {each.binds}" if each.binds else ""
        yield (
            f"{each.worker:<{widest}}  {each.running} running, {each.slots} slots wanted"
            f" ({each.real_slots} real, {each.most_slots} at most){binds}"
        )
        children = " ".join(map(str, each.children))
        yield (
            f"{'':<{widest}}  {each.host}, process {each.pid}, children {children},"
            f" {each.memory_bytes / 1e6:,.0f} MB"
        )


def register(app: typer.Typer) -> None:
    """Adds `workers` to the command line."""
    app.command()(workers)
