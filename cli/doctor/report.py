"""The report of the checks: a list with marks on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.doctor.check import Check, CheckStatus

_MARKS = {
    CheckStatus.OK: ("✓", "green"),
    CheckStatus.WARN: ("!", "yellow"),
    CheckStatus.BAD: ("✗", "bold red"),
}


def show(console: Console, checks: Sequence[Check]) -> None:
    """Prints the checks and what they come to. Nothing in them is taken for markup."""
    if console.is_terminal:
        console.print(_table(checks))
    else:
        for line in _lines(checks):
            console.print(Text(line), soft_wrap=True)
    console.print(Text(verdict(checks)), soft_wrap=True)


def verdict(checks: Sequence[Check]) -> str:
    """One line: how many checks are bad, and how many warn."""
    counts = Counter(check.status for check in checks)
    parts = [f"{counts[CheckStatus.BAD]} to mend"] if counts[CheckStatus.BAD] else []
    parts += [f"{counts[CheckStatus.WARN]} to look at"] if counts[CheckStatus.WARN] else []
    return f"{len(checks)} checks: {', '.join(parts) or 'all well'}."


def _table(checks: Sequence[Check]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for check in checks:
        mark, style = _MARKS[check.status]
        found = Text(check.found)
        if check.hint:
            found.append(f"\n→ {check.hint}", style="cyan")
        grid.add_row(Text(mark, style=style), Text(check.name, style="bold"), found)
    return grid


def _lines(checks: Sequence[Check]) -> list[str]:
    lines = []
    for check in checks:
        lines.append(f"{check.status.value}: {check.name}: {check.found}")
        if check.hint:
            lines.append(f"  hint: {check.hint}")
    return lines
