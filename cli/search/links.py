"""The address that opens what was found: the video at its second, or else the document."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

from videobatch.paths import to_uri
from videobatch.search.records import Hit


def link(root: Path, hit: Hit) -> str:
    """A `file:` address for a browser: of the video, with the second as a media fragment (W3C), if
    the video is where the document says; else of the file that was found."""
    folder = root / hit.folder
    if hit.media:
        video = folder / os.fsdecode(unquote_to_bytes(hit.media))
        if _is_file(video):
            return to_uri(video) + ("" if hit.at_s is None else f"#t={int(hit.at_s)}")
    return to_uri(source(root, hit))


def source(root: Path, hit: Hit) -> Path:
    """The file that was found."""
    where = root / hit.folder
    # A still is named without its folder, as transcripts name it.
    still = where / "keyframes" / hit.source
    return still if hit.kind.value == "slide" and _is_file(still) else where / hit.source


def _is_file(path: Path) -> bool:
    # A document may name what no disk can hold.
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
