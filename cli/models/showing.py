"""The bar of a model that comes in; where there is no terminal, lines alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from cli.shared import console
from videobatch.paths import display
from videobatch.speech.models import progress


class Shown:
    """Shows lines and a bar on stderr, so that standard output keeps the answer."""

    def __init__(self, bars: Progress, name: str) -> None:
        self._bars = bars
        self._task = bars.add_task(name, total=None)

    def say(self, line: str) -> None:
        """Prints the line above the bar."""
        self._bars.console.print(display(line), markup=False)

    def report(self, done_bytes: int, total_bytes: int) -> None:
        """Moves the bar."""
        self._bars.update(self._task, completed=done_bytes, total=total_bytes)


@contextmanager
def shown(name: str, *, quiet: bool) -> Iterator[progress.Progress]:
    """The progress of a model by that name in the block; `quiet` shows nothing."""
    if quiet:
        yield progress.Silent()
        return
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console.console(err=True),
        transient=True,
        disable=not console.console(err=True).is_terminal,
    )
    with bars:
        yield Shown(bars, name)
