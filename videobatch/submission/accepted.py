"""The accepted list: what a batch was asked to make, kept beside its documents. A ledger that was
lost is rebuilt from it.

`.accepted.jsonl` in the batch's folder is only ever appended to: a line for each submit, then one
for each of its videos, and one for each word of a person about them (pause, cancel, forget). The
last line of a video counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from videobatch.errors import SettingsError
from videobatch.media.files.folders import NotOursError, open_folder
from videobatch.paths import display
from videobatch.state.ledger import NewVideo

NAME = ".accepted.jsonl"
MOST_LINE_BYTES = 1_000_000
Word = Literal["pause", "resume", "cancel", "retry", "drop", "forget"]


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """A submit's batch, as `Ledger.open_batch` takes it."""

    batch_id: str
    name: str
    out_uri: str
    root_uri: str
    provider: str
    umask: int | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A person's word about the batch, or about one of its videos; `at_s` by Redis' clock."""

    word: Word
    at_s: float
    video_id: str = ""


Entry = AcceptedBatch | NewVideo | Noted
_LINE: TypeAdapter[Entry] = TypeAdapter(Entry)
_DUMPS = {kind: TypeAdapter[Any](kind) for kind in (AcceptedBatch, NewVideo, Noted)}


def note(folder: Path, entries: Sequence[Entry]) -> None:
    """Appends to the batch's file, and returns when it is on the disk. Raises SettingsError."""
    lines = b"".join(_DUMPS[type(entry)].dump_json(entry) + b"\n" for entry in entries)
    try:
        with open_folder(folder) as opened:
            opened.append(NAME, lines, is_ours=lambda line: _entry(line) is not None, sync=True)
    except NotOursError as error:
        raise SettingsError(
            f"{display(folder / NAME)} cannot be written: {error.strerror}",
            hint="move it away: it is videobatch's own list of what was submitted",
        ) from error
    except OSError as error:
        raise SettingsError(
            f"the output folder {display(folder)} cannot be written: {error.strerror}",
            hint="make room there, or name another one with --out",
        ) from error


@dataclass(slots=True)
class Remembered:
    """A batch as its file tells it: its videos by id, those that a person cancelled or dropped from
    the dead letters, and what became of the batch. `torn` counts lines that cannot be read."""

    batch: AcceptedBatch
    videos: dict[str, NewVideo] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    is_cancelled: bool = False
    is_forgotten: bool = False
    torn: int = 0

    def submitted(self, batch: AcceptedBatch) -> None:
        """Opens the batch again, as a submit does; its videos follow."""
        self.batch, self.is_cancelled, self.is_forgotten = batch, False, False

    def added(self, video: NewVideo) -> None:
        """Adds the video, which is wanted again if a person had given it up."""
        self.videos[video.video_id] = video
        self._is_wanted(video.video_id)

    def noted(self, noted: Noted) -> None:
        """Takes a person's word into account, but for pauses: what is recovered waits for a person
        anyway."""
        if noted.word == "cancel":
            self.is_cancelled = self.is_cancelled or not noted.video_id
            self.cancelled |= {noted.video_id} if noted.video_id else set(self.videos)
        elif noted.word == "retry":
            self.is_cancelled = False
            self._is_wanted(noted.video_id)
        elif noted.word == "drop":
            self.dropped.add(noted.video_id)
        elif noted.word == "forget":
            self.videos, self.is_forgotten = {}, True

    def _is_wanted(self, video_id: str) -> None:
        self.cancelled.discard(video_id)
        self.dropped.discard(video_id)


def remembered(folder: Path) -> Remembered | None:
    """The batch as the folder's file tells it, or None where there is none. Raises SettingsError
    for a file that cannot be read or does not begin with a batch."""
    path = folder / NAME
    found: Remembered | None = None
    torn = 0
    try:
        for entry in _entries(folder):
            if isinstance(entry, AcceptedBatch) and found is None:
                found = Remembered(entry)
            elif isinstance(entry, AcceptedBatch) and found is not None:
                found.submitted(entry)
            elif isinstance(entry, NewVideo) and found is not None:
                found.added(entry)
            elif isinstance(entry, Noted) and found is not None:
                found.noted(entry)
            else:
                torn += 1
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"{display(path)} cannot be read: {error.strerror}") from error
    if found is None:
        raise SettingsError(
            f"{display(path)} does not say what batch it is of", hint="submit the folder again"
        )
    found.torn = torn
    return found


def _entries(folder: Path) -> Iterator[Entry | None]:
    """The entries; None for a line that a crash or somebody's hand has torn."""
    with open_folder(folder) as opened, os.fdopen(opened.open_file(NAME), "rb") as lines:
        while line := lines.readline(MOST_LINE_BYTES):
            yield _entry(line)


def _entry(line: bytes) -> Entry | None:
    try:
        return _LINE.validate_json(line)
    except ValidationError:
        return None
