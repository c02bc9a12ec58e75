"""What a batch was asked to make, kept beside its documents: a ledger that was lost is rebuilt
from it.

`.accepted.jsonl` in the batch's folder is only ever appended to: a line for each submit, then one
for each of its videos. The last line of a video counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from videobatch.errors import SettingsError
from videobatch.media.folders import open_folder
from videobatch.paths import display
from videobatch.state.ledger import NewVideo

NAME = ".accepted.jsonl"
MOST_LINE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """A submit's batch, as `Ledger.open_batch` takes it."""

    batch_id: str
    name: str
    out_uri: str
    root_uri: str
    provider: str


_LINE: TypeAdapter[AcceptedBatch | NewVideo] = TypeAdapter(AcceptedBatch | NewVideo)
_DUMPS = {kind: TypeAdapter[Any](kind) for kind in (AcceptedBatch, NewVideo)}


def note(folder: Path, entries: Sequence[AcceptedBatch | NewVideo]) -> None:
    """Appends to the batch's file, and returns when it is on the disk. Raises SettingsError."""
    lines = b"".join(_DUMPS[type(entry)].dump_json(entry) + b"\n" for entry in entries)
    try:
        with open_folder(folder) as opened:
            opened.append(NAME, lines, is_ours=lambda line: _entry(line) is not None, sync=True)
    except OSError as error:
        raise SettingsError(
            f"the output folder {display(folder)} cannot be written: {error.strerror}",
            hint="make room there, or name another one with --out",
        ) from error


@dataclass(frozen=True, slots=True)
class Remembered:
    """A batch as its file tells it; `torn` counts lines that cannot be read."""

    batch: AcceptedBatch
    videos: tuple[NewVideo, ...]
    torn: int = 0


def remembered(folder: Path) -> Remembered | None:
    """What the folder's file tells, or None where there is none. Raises SettingsError for a file
    that cannot be read or does not begin with a batch."""
    path = folder / NAME
    batch: AcceptedBatch | None = None
    videos: dict[str, NewVideo] = {}
    torn = 0
    try:
        for entry in _entries(folder):
            if entry is None:
                torn += 1
            elif isinstance(entry, AcceptedBatch):
                batch = entry
            else:
                videos[entry.video_id] = entry
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"{display(path)} cannot be read: {error.strerror}") from error
    if batch is None:
        raise SettingsError(
            f"{display(path)} does not say what batch it is of", hint="submit the folder again"
        )
    return Remembered(batch, tuple(videos.values()), torn)


def _entries(folder: Path) -> Iterator[AcceptedBatch | NewVideo | None]:
    """The entries; None for a line that a crash or somebody's hand has torn."""
    with open_folder(folder) as opened, os.fdopen(opened.open_file(NAME), "rb") as lines:
        while line := lines.readline(MOST_LINE_BYTES):
            yield _entry(line)


def _entry(line: bytes) -> AcceptedBatch | NewVideo | None:
    try:
        return _LINE.validate_json(line)
    except ValidationError:
        return None
