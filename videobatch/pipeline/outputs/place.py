"""A video's folder in the output, opened so that no link on the way is followed."""

from __future__ import annotations

from videobatch.media.files.folders import Folder, open_folder
from videobatch.paths import from_uri
from videobatch.records import VideoJob


def own_names(name: str) -> int:
    """The number of names of a video's folder that are the output's own: the batch's folder, and
    the video's path in it. Where the output folder itself is, a person says, links and all."""
    return name.count("/") + 2


def video_folder(job: VideoJob, *, make: bool = False) -> Folder:
    """The video's folder, opened. Raises OSError."""
    return open_folder(from_uri(job.out_uri), own=own_names(job.name), make=make)
