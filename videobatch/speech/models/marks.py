"""The mark of a model's folder whose files were read once and are right.

It holds for as long as sizes and times of the files stay: reading 145 MB takes a quarter of a
second, too long for each start of a process. Times are whole seconds: images of containers keep no
more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videobatch.speech.models.catalogue import Model, ModelFile

MARK = ".verified.json"


@dataclass(frozen=True, slots=True)
class Fault:
    """A file of a model that is missing, or not the one that is pinned; `words` say which."""

    file: ModelFile
    words: str


def faults(folder: Path, model: Model) -> Iterator[Fault]:
    """The faults of the model's files in the folder; none where all are right. Reads every byte of
    what has the right size."""
    for file in model.files:
        words = fault_of(folder / file.name, file)
        if words:
            yield Fault(file, words)


def fault_of(path: Path, file: ModelFile) -> str:
    """The fault of one file in words, "" where it is the one that is pinned."""
    try:
        size_bytes = path.stat().st_size
        if size_bytes != file.size_bytes:
            return f"{file.name} has {size_bytes:,} bytes, not {file.size_bytes:,}"
        if sha256(path) != file.sha256:
            return f"{file.name} is not the file that is pinned (its SHA-256 differs)"
    except OSError as error:
        return f"{file.name}: {error.strerror or error}"
    return ""


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits. Raises OSError."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def is_marked(folder: Path, model: Model) -> bool:
    """True where the folder has a mark that holds for each file of the model. Reads no file but
    the mark."""
    try:
        kept = json.loads((folder / MARK).read_text("utf-8"))
        return bool(kept == _mark(folder, model))
    except (OSError, ValueError):
        return False


def write_mark(folder: Path, model: Model) -> None:
    """Marks the folder; where it cannot be written the files are read again the next time."""
    with suppress(OSError):
        (folder / MARK).write_text(json.dumps(_mark(folder, model), indent=1) + "\n", "utf-8")


def _mark(folder: Path, model: Model) -> dict[str, Any]:
    return {file.name: _seen(folder / file.name, file) for file in model.files}


def _seen(path: Path, file: ModelFile) -> dict[str, Any]:
    found = path.stat()
    return {
        "sha256": file.sha256,
        "size_bytes": found.st_size,
        "mtime_s": int(found.st_mtime),
    }
