"""Flower's rows: of a task the video and its batch instead of their ids, and its stage."""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from videobatch.errors import LedgerError
from videobatch.paths import display
from videobatch.records import VideoState
from videobatch.state.views import BatchView, VideoView, Views

USER = "videobatch"
PASSWORD_FILE = "VIDEOBATCH_FLOWER_PASSWORD_FILE"  # noqa: S105 - a variable's name
KEPT_S = 2.0


def password_of(environment: Mapping[str, str]) -> str:
    """`user:password` from the file that the environment names. Exits where there is none."""
    named = environment.get(PASSWORD_FILE)
    if not named:
        sys.exit(f"Flower starts behind a password only: set FLOWER_BASIC_AUTH or {PASSWORD_FILE}")
    try:
        password = Path(named).read_text("utf-8").strip()
    except OSError as error:
        sys.exit(f"{PASSWORD_FILE} cannot be read: {error}")
    if not password:
        sys.exit(f"{PASSWORD_FILE}: {named} is empty")
    return f"{USER}:{password}"


class Rows:
    """Names of videos and batches, and stages, each kept for two seconds. For one thread."""

    def __init__(
        self, views: Callable[[], Views], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make = views
        self._clock = clock
        self._views: Views | None = None
        self._kept: dict[tuple[str, str], tuple[float, tuple[str, str]]] = {}

    def shown(self, task: Any) -> Any:
        """The task with the video and its batch as its arguments, and its stage as its keywords;
        unchanged where the ledger does not know it or is away."""
        # Of a task that began before Flower its arguments are not known, but its id is.
        ids = ids_of(getattr(task, "args", None)) or ids_in(getattr(task, "uuid", None))
        if ids is None:
            return task
        try:
            task.args, task.kwargs = self._texts(ids)
        except LedgerError:
            # Its page says by itself that the broker is away.
            return task
        return task

    def _texts(self, ids: tuple[str, str]) -> tuple[str, str]:
        now_s = self._clock()
        at_s, texts = self._kept.get(ids, (-KEPT_S, ("", "")))
        if now_s - at_s < KEPT_S:
            return texts
        if self._views is None:
            self._views = self._make()
        batch, videos = self._views.batch(ids[0]), self._views.videos(ids[0], [ids[1]])
        texts = texts_of(ids, batch, videos[0] if videos else None)
        if len(self._kept) > 1000:
            self._kept.clear()
        self._kept[ids] = (now_s, texts)
        return texts


def ids_of(args: object) -> tuple[str, str] | None:
    """The batch and the video that a task's arguments name, as an event gives them."""
    try:
        found = ast.literal_eval(args) if isinstance(args, str) else args
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(found, list | tuple) and len(found) == 2:
        batch_id, video_id = found
        if isinstance(batch_id, str) and isinstance(video_id, str):
            return batch_id, video_id
    return None


def ids_in(task_id: object) -> tuple[str, str] | None:
    """The batch and the video in the id of a task, as the ledger's scripts make it."""
    parts = task_id.split(":") if isinstance(task_id, str) else []
    return (parts[0], parts[1]) if len(parts) == 3 and all(parts) else None


def texts_of(
    ids: tuple[str, str], batch: BatchView | None, video: VideoView | None
) -> tuple[str, str]:
    """The texts of a row: `video · batch`, and how far it is."""
    if batch is None or video is None:
        return f"{ids[1]} · {ids[0]}", "not in the ledger any more"
    name = f"{display(video.name)} · {display(batch.name)} ({ids[0]})"
    if video.state is VideoState.RUNNING and video.stage:
        share = f" {video.fraction:.0%}" if video.total else ""
        return name, f"{video.stage}{share}, try {video.attempts}"
    return name, str(video.state.value)
