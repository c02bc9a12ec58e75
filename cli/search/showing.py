"""Hits, as a person reads them, and the bar of an index that is built."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from cli.search.links import link
from cli.shared import console
from videobatch.paths import display
from videobatch.search.records import Found, Hit, Updated

# So many videos are read in a moment.
FEW = 20
FOUND_STYLE, PLACE_STYLE, LINK_STYLE = "bold yellow", "bold", "dim"


def show(root: Path, found: Found, updated: Updated) -> None:
    """Prints the hits, the best first."""
    out = console.console()
    for hit in found.hits:
        out.print(_place(hit))
        out.print(_sentence(hit))
        out.print(Text(f"  {link(root, hit)}", style=LINK_STYLE))
    console.say(_summary(found, updated), err=True)


def _place(hit: Hit) -> Text:
    where = "/".join(part for part in (hit.batch, hit.course, hit.video) if part)
    at = "" if hit.at_s is None else f"  {_clock(hit.at_s)}"
    kinds = ", ".join(kind.value for kind in (hit.kind, *hit.also))
    return Text.assemble((display(where), PLACE_STYLE), at, f"  {kinds}")


def _sentence(hit: Hit) -> Text:
    """The sentence with its words in colour; each part is made harmless by itself, so that marks
    stay where they are."""
    line, last = Text("  "), 0
    for begin, end in hit.marks:
        line.append(display(hit.text[last:begin]))
        line.append(display(hit.text[begin:end]), FOUND_STYLE)
        last = end
    return line.append(display(hit.text[last:]))


def _clock(at_s: float) -> str:
    minutes, seconds = divmod(int(at_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def _summary(found: Found, updated: Updated) -> str:
    videos = f"{updated.videos:,} video{'s' * (updated.videos != 1)}"
    if not found.hits:
        return f"Nothing was found in {videos}.{_alone(found)}"
    count = len(found.hits)
    line = f"{count} moment{'s' * (count != 1)} in {videos}"
    if found.has_more:
        line += ", and there are more (--limit)"
    if not found.is_ranked:
        line += "; the words are nearly everywhere, so the latest videos come first"
    return f"{line}."


def _alone(found: Found) -> str:
    """The count of each of several words by itself, so that a slip of the pen shows."""
    if len(found.alone) < 2:
        return ""
    counts = ", ".join(f"{word} {count:,}" for word, count in found.alone)
    return f" Passages with each word alone: {counts}."


@contextmanager
def shown(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Takes how many videos are done, and of how many, and shows a bar on stderr, or a line where
    that is no terminal; nothing of a few videos, and with `quiet` nothing at all."""
    err = console.console(err=True)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    task = bars.add_task("reading what is new", total=None)

    def report(done: int, total: int) -> None:
        if quiet or total < FEW:
            return
        if done == 0 and not err.is_terminal:
            console.say(f"reading {total:,} videos that are new or changed", err=True)
        bars.start()
        bars.update(task, completed=done, total=total)

    try:
        yield report
    finally:
        bars.stop()
