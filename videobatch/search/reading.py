"""The texts of one video, read from its folder: manifest, transcript, documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from videobatch.media.files.folders import Folder, open_folder
from videobatch.paths import display
from videobatch.search.documents import target, written
from videobatch.search.passages import clean, slides, spoken
from videobatch.search.records import Passage
from videobatch.search.walking import MANIFEST, stamp

TRANSCRIPT = "transcript.json"
MOST_BYTES, MOST_DOCUMENT_BYTES = 64_000_000, 8_000_000


@dataclass(frozen=True, slots=True)
class VideoText:
    """The texts of a video. `files` were read, or would have been if they were there, and `stamp`
    is their state before; `media` is the video's address from the folder, percent-encoded."""

    batch: str
    course: str
    video: str
    title: str
    dated_s: float
    media: str
    passages: tuple[Passage, ...]
    files: tuple[str, ...]
    stamp: str


def read_video(root: str, path: str) -> VideoText | None:
    """The texts in the folder at that path below the root; None where its manifest cannot be read.
    Files that are missing, or not what they should be, have no text. Raises OSError where the
    folder cannot be opened."""
    from videobatch.pipeline.outputs.manifest import manifest_in

    where = f"{root}/{path}"
    before = stamp(where, (MANIFEST,))
    with open_folder(Path(where), own=path.count("/") + 1) as folder:
        manifest = manifest_in(folder)
        if manifest is None:
            return None
        documents = sorted({each.document_file for each in manifest.all})
        files = (MANIFEST, TRANSCRIPT, *documents)
        now = stamp(where, files)
        if not now.startswith(f"{before}|"):  # Published anew meanwhile: its next look reads it.
            now = ""
        texts = {name: _text(folder, name) for name in documents}
        transcript = _transcript(folder)
    passages = [*spoken(transcript, TRANSCRIPT), *slides(transcript)]
    for name, text in texts.items():
        passages += written(text, name)
    batch, _, below = path.partition("/")
    titles = [each.title for each in manifest.all if each.title]
    return VideoText(
        batch=_shown(batch),
        course=_shown(str(PurePosixPath(below).parent)) if "/" in below else "",
        video=_shown(PurePosixPath(path).name),
        title=clean(titles[0]) if titles else "",
        dated_s=manifest.source.mtime_ns / 1e9,
        media=next(filter(None, map(target, texts.values())), ""),
        passages=tuple(passages),
        files=files,
        stamp=now,
    )


def _shown(name: str) -> str:
    return display(name)


def _text(folder: Folder, name: str) -> str:
    try:
        return folder.read(name, MOST_DOCUMENT_BYTES).decode(errors="replace")
    except (OSError, ValueError):
        return ""


def _transcript(folder: Folder) -> dict[str, Any]:
    from pydantic_core import from_json

    try:
        content = folder.read(TRANSCRIPT, MOST_BYTES)
    except (OSError, ValueError):
        return {}
    for parse in (from_json, json.loads):  # The second one takes halves of surrogate pairs.
        try:
            found = parse(content)
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else {}
    return {}


def fault(error: OSError, path: str) -> str:
    """The reason why a folder was not read, in words."""
    return f"{display(path)}: {error.strerror or error}"


def unreadable(paths: list[str]) -> Iterator[str]:
    """The folders that could not be looked into, in words."""
    yield from (f"{display(path) or 'the folder itself'}: cannot be looked into" for path in paths)
