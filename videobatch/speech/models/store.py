"""The models that are on this machine: a folder for each, whole and verified, or not there at all.

MODELS_DIR/base/                what is loaded, with its mark `.verified.json`
MODELS_DIR/.base.part/          what has come so far
MODELS_DIR/.base.lock           held by the one process that brings it
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from videobatch.errors import PermanentError, SettingsError, TransientError
from videobatch.speech.models.catalogue import Model
from videobatch.speech.models.marks import faults, is_marked, write_mark

# Some network file systems know no locks.
_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS})
DAMAGED = "model_damaged"


class ModelStore:
    """The models below `folder`, which is made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, model: Model) -> Path:
        """The model's folder, which need not be there."""
        return self.folder / model.name

    def part(self, model: Model) -> Path:
        """The folder of what has come so far of the model."""
        return self.folder / f".{model.name}.part"

    def verified(self, model: Model) -> Path | None:
        """The model's folder if every file in it is the one that is pinned, else None.

        A file is read once: a mark keeps that it was right, for as long as its size and time stay.
        """
        path = self.path(model)
        if is_marked(path, model):
            return path
        if not path.is_dir() or any(faults(path, model)):
            return None
        write_mark(path, model)
        return path

    def fault(self, model: Model) -> str:
        """The reason why a folder that is there is not the model, in words; "" where the model is
        there, or no folder."""
        path = self.path(model)
        if not path.is_dir() or is_marked(path, model):
            return ""
        return next((fault.words for fault in faults(path, model)), "")

    def accept(self, model: Model) -> Path:
        """Puts what has come in place, after a look at every byte of it. The caller holds the lock.

        Raises PermanentError (`model_damaged`) where a file is missing or not the one that is
        pinned; that file is removed, so that it is fetched anew.
        """
        part, path = self.part(model), self.path(model)
        found = tuple(faults(part, model))
        for fault in found:
            (part / fault.file.name).unlink(missing_ok=True)
        if found:
            raise PermanentError(found[0].words, hint="try again", code=DAMAGED)
        with as_our_errors(self.folder):
            for file in part.iterdir():
                if file.name not in {each.name for each in model.files}:
                    _remove(file)
            write_mark(part, model)
            for file in part.iterdir():
                _sync(file)
            _sync(part)
            _remove(path)
            part.rename(path)
            _sync(self.folder)
        return path

    def remove(self, model: Model) -> bool:
        """Takes the model away, with what has come of it; False where there was nothing. Safe to
        repeat."""
        found = [each for each in (self.path(model), self.part(model)) if os.path.lexists(each)]
        if not found:
            return False
        with self.held(model), as_our_errors(self.folder):
            for each in found:
                _remove(each)
        return True

    @contextmanager
    def held(self, model: Model, waits: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Holds the model's lock in the block, so that one process of this machine brings it.
        `waits` is told where another one has it; the lock ends with its process, whatever ends
        that. Raises SettingsError where the folder cannot be made."""
        with as_our_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(
                self.folder / f".{model.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644
            )
        try:
            _take(descriptor, waits)
            yield
        finally:
            os.close(descriptor)


def _take(descriptor: int, waits: Callable[[], None]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waits()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        # It is gone at once for whoever looks, and never half of it.
        gone = path.with_name(f".{path.name.lstrip('.')}.gone")
        shutil.rmtree(gone, ignore_errors=True)
        path.rename(gone)
        shutil.rmtree(gone)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def as_our_errors(folder: Path) -> Iterator[None]:
    """Raises what the disk says in the block as TransientError for a full one, else as
    SettingsError."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise TransientError(
                f"the disk of {folder} is full",
                hint="free some space, or set VIDEOBATCH_SPEECH__MODELS_DIR to another folder",
                code="disk_full",
            ) from error
        raise SettingsError(
            f"{folder} cannot be written: {error.strerror or error}",
            hint="change its permissions, or set VIDEOBATCH_SPEECH__MODELS_DIR to another folder",
        ) from error
