"""`videobatch top`: the fleet at work, live."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli.fleet.decisions import last_tick
from cli.fleet.schema import HostOut, LimitOut, RecogniserOut, TopOut
from cli.shared import console
from cli.shared.books import Books, existing_books
from cli.shared.schema import AlertOut
from controllers.policy.records import Decision, HostSnapshot
from controllers.remedies import REMEDIES
from videobatch.errors import LedgerError
from videobatch.paths import display
from videobatch.records import Reading
from videobatch.state.alerts import Alerts
from videobatch.state.control import ControlStore
from videobatch.state.costs import Costs
from videobatch.state.limit_views import limit_views
from videobatch.state.samples import SampleStore

EVERY_S = 1.0
ALERTS_S = 600.0
AWAY_S = 10.0
PHASES = ("cpu", "speech", "api", "limiter", "io")

AsJson = Annotated[bool, typer.Option("--json", help="Print one look as JSON, and end.")]
Once = Annotated[bool, typer.Option("--once", help="Print one look, and end.")]


@dataclass(frozen=True, slots=True)
class _Fleet:
    """The fleet that works for one ledger. `samples` are the same store for all looks, which tells
    of a sample that makes no sense once."""

    books: Books
    samples: SampleStore

    def look(self) -> TopOut:
        """One look at it. Raises LedgerError."""
        store = self.books.ledger.store
        brief = store.with_patience(AWAY_S)
        tick = last_tick(ControlStore(store))
        now_s = self.books.views.now_s()
        alive = self.samples.alive()
        decided = {d.host_id: d for d in tick.decisions} if tick else {}
        hosts = tick.snapshot.hosts if tick else ()
        days = Costs(store).days()
        return TopOut(
            policy=tick.policy if tick else None,
            controller_age_s=round(now_s - tick.snapshot.at_s, 1) if tick else None,
            pending=self.books.views.pending_count(),
            hosts=tuple(_host(host, decided.get(host.host_id), alive) for host in hosts),
            limits=tuple(LimitOut(**asdict(view)) for view in limit_views(brief)),
            cost_usd=round(sum(days.values()), 6),
            alerts=tuple(AlertOut(**asdict(alert)) for alert in Alerts(store).recent(ALERTS_S)),
        )


def top(once: Once = False, as_json: AsJson = False) -> None:
    """Watch the fleet: hosts, slots wanted and real, what binds, phases, rates, alerts.

    Ctrl-C ends the watching alone.
    """
    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        samples = SampleStore(books.ledger.store.with_patience(AWAY_S))
        fleet = _Fleet(books, samples)
        first = fleet.look()
    if as_json:
        console.print_json(first)
        return
    if once or not sys.stdout.isatty():
        console.console().print(_drawn(first))
        return
    try:
        _watch(fleet, first)
    except KeyboardInterrupt:
        return


def _watch(fleet: _Fleet, shown: TopOut) -> None:
    with Live(_drawn(shown), console=console.console(), screen=True, auto_refresh=False) as live:
        while True:
            live.update(_drawn(shown), refresh=True)
            time.sleep(EVERY_S)
            try:
                shown = fleet.look()
            except LedgerError as error:
                note = Text(f"{error.message}; waiting for it", "red")
                live.update(Group(note, _drawn(shown)), refresh=True)


def _host(host: HostSnapshot, decision: Decision | None, alive: Mapping[str, Reading]) -> HostOut:
    mine = [each.sample for each in alive.values() if each.sample.host_id == host.host_id]
    seen = mine[0].host if mine else None
    speech = next((sample.speech for sample in mine if sample.speech is not None), None)
    return HostOut(
        host=host.host_id,
        workers=len(mine),
        running=host.running,
        slots=decision.slots if decision else host.slots,
        most_slots=host.most_slots,
        slots_most=host.most_slots,
        binds=str(decision.binds) if decision else None,
        why=decision.reason if decision else None,
        reason=f"{decision.binds}: {decision.reason}" if decision else None,
        remedy=REMEDIES[decision.binds] if decision else None,
        phases={name: round(getattr(host, name)) for name in PHASES},
        cores=host.cores,
        cpu_fraction=host.cpu_fraction,
        memory_used_bytes=int(host.memory_used_bytes),
        memory_limit_bytes=int(host.memory_limit_bytes),
        disk_bytes_per_s=seen.disk_read_bytes_per_s + seen.disk_write_bytes_per_s if seen else 0.0,
        net_bytes_per_s=seen.net_received_bytes_per_s + seen.net_sent_bytes_per_s if seen else 0.0,
        recogniser=RecogniserOut(**asdict(speech)) if speech else None,
    )


def _drawn(found: TopOut) -> Group:
    return Group(*_parts(found))


def _parts(found: TopOut) -> Iterator[Text | Table]:
    yield Text(_head(found), "bold")
    if found.hosts:
        yield _hosts(found.hosts)
        for host in found.hosts:
            yield Text(display(_words(host)), "dim")
    else:
        yield Text(
            "No worker lives, or no controller leads. `videobatch up` starts the local ones."
        )
    if found.limits:
        yield _limits(found.limits)
    for alert in found.alerts[-5:]:
        yield Text(display(f"{alert.severity}: {alert.message}"), "yellow")


def _head(found: TopOut) -> str:
    parts = [f"{found.pending} waiting"]
    parts.append(f"{sum(host.running for host in found.hosts)} running")
    if found.policy is not None:
        parts.append(f"policy {found.policy}")
    if found.controller_age_s is not None and found.controller_age_s > 5:
        parts.append(f"no controller for {found.controller_age_s:.0f} s: slots stay as they are")
    if found.cost_usd:
        parts.append(f"{console.in_dollars(found.cost_usd)} paid in all")
    return "  ·  ".join(parts)


def _hosts(hosts: Sequence[HostOut]) -> Table:
    table = _table(
        ("host", "bound by"), ("slots", "run", "cpu/speech/api/lim/io", "CPU", "memory, GB")
    )
    for host in hosts:
        table.add_row(
            display(host.host),
            host.binds or "",
            f"{host.slots} of {host.most_slots}",
            str(host.running),
            "/".join(str(host.phases[name]) for name in PHASES),
            f"{host.cpu_fraction:.0%}",
            f"{host.memory_used_bytes / 1e9:.1f} of {host.memory_limit_bytes / 1e9:.1f}",
        )
    return table


def _table(left: Sequence[str], right: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in (*left, *right):
        table.add_column(name, justify="left" if name in left else "right", no_wrap=True)
    return table


def _words(host: HostOut) -> str:
    """The reason for a host's slots, and what the table has no room for."""
    plural = "worker" if host.workers == 1 else "workers"
    parts = [f"{host.host}: {host.workers} {plural}, {host.cores:g} cores"]
    parts.append(f"disk {host.disk_bytes_per_s / 1e6:.1f}")
    parts[-1] += f" and network {host.net_bytes_per_s / 1e6:.1f} MB/s"
    if (speech := host.recogniser) is not None:
        parts.append(
            f"recogniser {speech.busy} of {speech.threads} threads busy, {speech.waiting} segments "
            f"or stills waiting, {speech.sound_per_s:.0f} s of sound a second"
        )
    if host.why is not None:
        parts += [host.why, f"more by {host.remedy}"]
    return "; ".join(parts)


def _limits(limits: Sequence[LimitOut]) -> Table:
    table = _table(("provider's limit",), ("calls/min", "left", "in flight", "waiting", "gate"))
    for each in limits:
        table.add_row(
            display(each.scope),
            "not told" if each.per_min is None else f"{each.per_min:g}",
            "" if each.left is None else f"{each.left:.0f}",
            f"{each.in_flight} of {each.ceiling}",
            str(each.waiting),
            f"{each.gate_s:.0f} s" if each.gate_s >= 0.5 else "",
        )
    return table


def register(app: typer.Typer) -> None:
    """Adds `top` to the command line."""
    app.command()(top)
