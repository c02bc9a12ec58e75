"""Batches and videos as a person names them: by their id, its beginning, or a path."""

from __future__ import annotations

from collections.abc import Sequence

from videobatch.errors import SettingsError
from videobatch.paths import display
from videobatch.state.views import VideoView, Views

_MOST_NAMED = 5


def find_batch(ids: Sequence[str], named: str) -> str:
    """The batch of that id, or the only one that begins so. Raises SettingsError."""
    exact = [each for each in ids if each == named]
    return _only(
        named,
        exact or [each for each in ids if each.startswith(named)],
        "batch",
        "`videobatch status` lists the batches",
    )


def open_batches_last(views: Views) -> list[str]:
    """Batch ids, the newest one that is open last."""
    batches = views.batches(views.batch_ids())
    return [view.batch_id for view in sorted(batches, key=lambda view: view.open_videos > 0)]


def find_video(views: Views, batch_id: str, named: str) -> VideoView:
    """The video of that path or id, or the only one whose path or id begins or ends so.
    Raises SettingsError."""
    found: dict[str, VideoView] = {}
    for video in views.all_videos(batch_id):
        if named in {video.name, video.video_id}:
            return video
        if video.video_id.startswith(named) or video.name.endswith(f"/{named}"):
            found[video.video_id] = video
    hint = f"`videobatch status {batch_id} --all` lists the videos"
    return found[_only(named, list(found), "video", hint)]


def _only(named: str, found: Sequence[str], what: str, hint: str) -> str:
    if len(found) == 1:
        return found[0]
    if not found:
        raise SettingsError(f"there is no {what} {display(named)!r}", hint=hint)
    some = ", ".join(found[:_MOST_NAMED]) + (", ..." if len(found) > _MOST_NAMED else "")
    raise SettingsError(f"{display(named)!r} could be {some}", hint="name more of it")
