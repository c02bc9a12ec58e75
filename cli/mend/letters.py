"""Dead letters: the videos that were given up, found by name, and told with their evidence."""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from cli.shared.books import Books
from cli.shared.schema import DeadVideo, EndOut
from cli.stack.home import open_home
from config.settings import Settings
from videobatch.errors import SettingsError
from videobatch.paths import display, from_uri
from videobatch.pipeline.original import Probed
from videobatch.records import Stage
from videobatch.state.views import VideoView

LOG_LINES = 12
MOST_NAMED = 5


def letters_in(books: Books) -> list[tuple[str, VideoView]]:
    """The dead letters of all batches, oldest first, as batch and video. Raises LedgerError."""
    return [
        (batch_id, video)
        for batch_id, video_id in books.views.dead()
        for video in books.views.videos(batch_id, [video_id])
    ]


def find_letter(named: str, letters: Sequence[tuple[str, VideoView]]) -> tuple[str, VideoView]:
    """The letter of that path or id, or the only one whose path or id begins or ends so. Raises
    SettingsError."""
    exact = [each for each in letters if named in {each[1].name, each[1].video_id}]
    found = exact or [each for each in letters if _begins_or_ends(each[1], named)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise SettingsError(
            f"{display(named)!r} is no dead letter", hint="`videobatch dead list` lists them"
        )
    some = ", ".join(f"{batch_id} {video.name}" for batch_id, video in found[:MOST_NAMED])
    raise SettingsError(
        f"{display(named)!r} could be {some}{', ...' if len(found) > MOST_NAMED else ''}",
        hint="name more of it, or its batch with --batch",
    )


def _begins_or_ends(video: VideoView, named: str) -> bool:
    return video.video_id.startswith(named) or video.name.endswith(f"/{named}")


def letter_out(
    batch_id: str,
    video: VideoView,
    books: Books | None = None,
    settings: Settings | None = None,
) -> DeadVideo:
    """The letter in the schema of `--json`; with the hash of its content where the books are
    given, and with the lines of the worker's log where the settings are."""
    path = from_uri(video.job.source_uri)
    again = ["videobatch", "submit", display(path), "--template", video.job.template, "--force"]
    return DeadVideo(
        batch=batch_id,
        id=video.video_id,
        path=video.name,
        file=display(path),
        content_hash=_hash(books, batch_id, video) if books else None,
        stage=video.stage,
        deaths=video.deaths,
        death=video.death,
        attempts=video.attempts,
        worker=video.worker,
        reason=video.error.message if video.error else None,
        reproduce=shlex.join(again),
        evidence=tuple(EndOut(**asdict(end)) for end in video.ends),
        log=_last_lines(settings, batch_id, video) if settings else (),
    )


def _hash(books: Books, batch_id: str, video: VideoView) -> str | None:
    stored = books.views.checkpoint(batch_id, video.video_id, Stage.PROBE.value)
    probed = Probed.of(stored or "")
    return probed.probe.content_hash if probed else None


def _last_lines(settings: Settings, batch_id: str, video: VideoView) -> tuple[str, ...]:
    """The last lines that this machine's worker logged of the video, and of children that were
    lost."""
    marks = (f"{batch_id}/{video.video_id}", "WorkerLostError")
    kept: deque[str] = deque(maxlen=LOG_LINES)
    log: Path = open_home(settings.home).logs / "worker.log"
    try:
        with log.open(errors="replace") as lines:
            kept.extend(line.rstrip() for line in lines if any(mark in line for mark in marks))
    except OSError:
        return ()
    return tuple(kept)


def in_words(end: EndOut) -> str:
    """`2026-05-01 12:00:03  SIGSEGV  in transcribe, 1.2 GB, on w1, alone: speaks against it`."""
    when = datetime.fromtimestamp(end.at_s).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    parts = [f"in {end.stage or 'start'}"]
    parts += [f"{end.rss_bytes / 1e9:.2f} GB"] if end.rss_bytes else []
    parts += [f"on {end.worker}"] if end.worker else []
    parts += ["alone"] if end.alone else []
    says = "speaks against it" if end.suspect else "proves nothing"
    return f"{when}  {end.how}  {', '.join(parts)}: {says}"
