"""`videobatch status` and `videobatch watch`: how batches stand."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli.shared import console
from cli.shared.books import Books, existing_books
from cli.shared.finding import find_batch, open_batches_last
from cli.shared.schema import AlertOut, BatchOut, StatusOut
from cli.watch.as_json import batch_out, unwritten
from cli.watch.ending import follow_to_the_end
from cli.watch.progress import fraction, recent_pace
from cli.watch.words import clock, outcome, shorten
from config.settings import Settings
from videobatch.errors import SettingsError
from videobatch.records import VideoState
from videobatch.state.alerts import Alerts
from videobatch.state.costs import Costs
from videobatch.state.views import BatchView, VideoView

BatchId = Annotated[
    str | None,
    typer.Argument(help="A batch, or the beginning of its name.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
All = Annotated[bool, typer.Option("--all", help="Also list the videos that are done or pending.")]
ALERTS_S = 3600.0
_QUIET = frozenset({VideoState.DONE, VideoState.PENDING})


@dataclass(frozen=True, slots=True)
class _Everything:
    """A watch takes every video of the batch, and shows those that end from now on."""

    finished_before: int
    video_ids: Sequence[str] = ()
    done_before: int = 0


def status(batch: BatchId = None, show_all: All = False, as_json: AsJson = False) -> None:
    """Show every batch, and the videos of the newest or the named one.

    With --json the named batch, or all batches with the videos of the newest.
    """
    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        ids = books.views.batch_ids()
        chosen = _choose(ids, batch)
        shown = [chosen] if batch and chosen else ids
        batches = books.views.batches(shown)
        now_s = books.views.now_s()
        answers = [
            _batch(books, each, now_s, with_videos=each.batch_id == chosen) for each in batches
        ]
        alerts = Alerts(books.ledger.store).recent(ALERTS_S)
        found = StatusOut(
            batches=tuple(answers),
            alerts=tuple(AlertOut(**asdict(alert)) for alert in alerts),
            cost_today_usd=round(_today_usd(books, settings), 6),
        )
        videos = list(books.views.all_videos(chosen)) if chosen and not as_json else []
    if as_json:
        console.print_json(found)
        return
    _show(found, chosen)
    _list(videos, show_all=show_all)


def _show(found: StatusOut, chosen: str | None) -> None:
    """Prints alerts, a line for each batch, and the head of the list of the chosen one's videos."""
    for alert in found.alerts:
        console.say(f"{alert.severity}: {alert.message}", style="yellow")
    if not found.batches:
        console.say("There are no batches yet. `videobatch submit FOLDER` makes one.")
        return
    for line in _batches(found.batches):
        console.say(line)
    if found.cost_today_usd:
        console.say(f"{console.in_dollars(found.cost_today_usd)} paid today")
    console.say("")
    for answer in found.batches:
        if answer.batch == chosen:
            console.say(f"{chosen}, documents in {answer.out}:")


def _today_usd(books: Books, settings: Settings) -> float:
    days = Costs(books.ledger.store).days()
    zone = ZoneInfo(settings.api.day_zone or "UTC")
    return days.get(datetime.fromtimestamp(books.views.now_s(), zone).date(), 0.0)


def watch(batch: BatchId = None, as_json: AsJson = False) -> None:
    """Follow a batch until it is done: the newest one that is open, or the named one.

    Ends like submit: 0, or 1 if some videos failed. Ctrl-C only ends the watching.
    """
    settings = console.read_settings()
    with console.errors_in_words():
        books = existing_books(settings)
        chosen = _choose(open_batches_last(books.views), batch)
        if chosen is None:
            raise SettingsError(
                "there is no batch to watch", hint="`videobatch submit FOLDER` makes one"
            )
        taken = _Everything(books.views.finished_place(chosen))
    sys.exit(follow_to_the_end(books, chosen, taken, detach=False, as_json=as_json))


def _choose(ids: Sequence[str], named: str | None) -> str | None:
    """The named batch (its beginning is enough), else the last. Raises SettingsError."""
    if named is None:
        return ids[-1] if ids else None
    return find_batch(ids, named)


def _batch(books: Books, view: BatchView, now_s: float, *, with_videos: bool) -> BatchOut:
    if not with_videos and view.open_videos == 0:
        return batch_out(view, (), now_s, eta_s=None, videos_per_hour=None)
    videos = list(books.views.all_videos(view.batch_id))
    now_s = books.views.now_s()
    pace = recent_pace(videos, now_s)
    return batch_out(
        view,
        videos if with_videos else (),
        now_s,
        eta_s=pace.eta_s if view.open_videos else None,
        videos_per_hour=pace.videos_per_hour,
    )


def _batches(batches: Sequence[BatchOut]) -> Iterator[str]:
    """A line for each batch: its id, state, counts, and how long it will take."""
    widest = max(len(each.batch) for each in batches)
    for each in batches:
        parts = [", ".join(f"{n} {state}" for state, n in each.counts.items())]
        if each.open and each.eta_s is not None:
            parts.append(f"about {clock(each.eta_s)} left")
        if each.open and each.videos_per_hour:
            parts.append(f"{each.videos_per_hour:.0f} videos/h")
        if each.cost_usd:
            parts.append(console.in_dollars(each.cost_usd))
        if told := unwritten(each.unwritten):
            parts.append(told)
        if each.reason:
            parts.append(each.reason)
        yield f"{each.batch:<{widest}}  {each.state:<9} {'  '.join(parts)}"


def _list(videos: Sequence[VideoView], *, show_all: bool) -> None:
    waiting = sum(1 for video in videos if video.state is VideoState.PENDING)
    for video in videos:
        if video.state in _QUIET and not show_all:
            continue
        console.say(f"  {video.state.value:<9} {shorten(video.name)}  {_detail(video)}".rstrip())
    quiet = [f"{waiting} pending"] if waiting and not show_all else []
    made = sum(1 for video in videos if video.state is VideoState.DONE)
    quiet += [f"{made} done"] if made and not show_all else []
    if quiet:
        console.say(f"  and {', '.join(quiet)} (--all lists them)")


def _detail(video: VideoView) -> str:
    if video.state is VideoState.RUNNING:
        return f"{video.stage or 'start'} {fraction(video):.0%} on {video.worker}"
    if video.state is VideoState.PENDING:
        return ""
    cost = f" ({console.in_dollars(video.paid_usd)})" if video.paid_usd else ""
    return f"{outcome(video)}{cost}"


def register(app: typer.Typer) -> None:
    """Adds `status` and `watch` to the command line."""
    app.command()(status)
    app.command()(watch)
