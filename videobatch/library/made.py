"""A made video: its manifest, documents, transcript and stills, reached from its folder's
descriptor by one name at a time, and its source file. No link below the output folder is followed,
and no file is opened there but those that the manifest names."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from videobatch.errors import VideobatchError
from videobatch.library.spoken import SILENCE, Spoken, read_spoken
from videobatch.media.container.source import open_regular
from videobatch.media.files.atomic import KEYFRAMES
from videobatch.media.files.folders import Folder, open_folder
from videobatch.paths import Places, from_uri
from videobatch.pipeline.outputs.manifest import TRANSCRIPT, Manifest, manifest_in
from videobatch.pipeline.outputs.place import own_names
from videobatch.records import VideoJob

MOST_DOCUMENT_BYTES = 16_000_000
MOST_TRANSCRIPT_BYTES = 256_000_000
# The time of a still in its file's name (pipeline/stages/picturing.py).
_STILL = re.compile(r"(\d{2,4})h(\d{2})m(\d{2})s(\d{3})-[0-9a-f]+\.jpg")


class GoneError(OSError):
    """There is no such file, or none that may be opened."""

    def __init__(self, name: str) -> None:
        super().__init__(errno.ENOENT, os.strerror(errno.ENOENT), name)


@dataclass(frozen=True, slots=True)
class MadePlace:
    """The video's own folder, whose last `own` names may be no links, and the file that it was made
    of, which lies below `root`."""

    folder: Path
    own: int
    video: Path
    root: Path


@dataclass(frozen=True, slots=True)
class Still:
    """A keyframe: its file below `keyframes/` and its time (s)."""

    name: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Made:
    """A video as its folder has it: all templates' documents stand in the manifest."""

    manifest: Manifest
    spoken: Spoken
    stills: tuple[Still, ...]

    def document(self, template: str | None) -> Manifest | None:
        """The part of the manifest that tells of a template's document; without a template, of the
        one that was made last."""
        return self.manifest.of(template) if template else self.manifest


def place_of(job: VideoJob, places: Places) -> MadePlace:
    """The places of a job of this machine. Raises GoneError for what lies outside the folders that
    may be opened."""
    if not (places.allow(job.out_uri) and places.allow(job.source_uri)):
        raise GoneError(job.name)
    try:
        return MadePlace(
            folder=from_uri(job.out_uri),
            own=own_names(job.name),
            video=from_uri(job.source_uri),
            root=from_uri(job.root_uri),
        )
    except ValueError as error:
        raise GoneError(job.name) from error


def read_made(place: MadePlace) -> Made:
    """The made video, without its documents' texts. Raises GoneError where nothing was made, or
    nothing that this version can read."""
    with _folder(place) as folder:
        manifest = manifest_in(folder)
        if manifest is None:
            raise GoneError(place.folder.name)
        return Made(manifest, _spoken(folder, manifest), stills_of(manifest))


def _spoken(folder: Folder, manifest: Manifest) -> Spoken:
    if TRANSCRIPT not in manifest.names:
        return SILENCE
    try:
        return read_spoken(folder.read(TRANSCRIPT, MOST_TRANSCRIPT_BYTES))
    except OSError:
        return SILENCE


def read_document(place: MadePlace, document: Manifest) -> str:
    """The document's Markdown. Raises GoneError."""
    with _folder(place) as folder:
        try:
            content = folder.read(document.document_file, MOST_DOCUMENT_BYTES)
        except (OSError, ValueError) as error:
            raise GoneError(document.document_file) from error
    return content.decode("utf-8", errors="replace")


def stills_of(manifest: Manifest) -> tuple[Still, ...]:
    """The keyframes of all documents in the order of time; those whose names tell no time are left
    out."""
    found = {}
    for name in manifest.names:
        folder, _, still = name.rpartition("/")
        time = _STILL.fullmatch(still)
        if folder == KEYFRAMES and time:
            hours, minutes, seconds, ms = map(int, time.groups())
            found[still] = hours * 3600 + minutes * 60 + seconds + ms / 1000
    return tuple(Still(name, at_s) for name, at_s in sorted(found.items(), key=lambda x: x[1]))


def open_made(place: MadePlace, name: str) -> int:
    """A descriptor of a file that the video's manifest names (`/` between folders), which the
    caller closes. Raises GoneError for any other, and for what is no regular file."""
    with _folder(place) as folder:
        manifest = manifest_in(folder)
        if manifest is None or name not in manifest.names:
            raise GoneError(name)
        try:
            return _open_below(folder, name.split("/"))
        except (OSError, ValueError) as error:
            raise GoneError(name) from error


def _open_below(folder: Folder, names: Sequence[str]) -> int:
    if len(names) == 1:
        return folder.open_file(names[0])
    with folder.inside(names[0]) as inner:
        return _open_below(inner, names[1:])


def open_video(place: MadePlace) -> int:
    """A descriptor of the file that it was made of, which the caller closes. Raises GoneError where
    it is not there any more, or not below its root."""
    try:
        return open_regular(place.video, place.root)
    except (VideobatchError, OSError, ValueError) as error:
        raise GoneError(place.video.name) from error


@contextmanager
def _folder(place: MadePlace) -> Iterator[Folder]:
    try:
        folder = open_folder(place.folder, own=place.own)
    except (OSError, ValueError) as error:
        raise GoneError(place.folder.name) from error
    with folder:
        yield folder
