"""Writing a video's files so that a crash at any point leaves whole files or none.

A file gets a temporary name in its own folder, is flushed and fsynced, and then renamed. An
attempt writes below `.attempt-<template>-<token>/`; `pipeline/outputs/publication.py` moves its
files into the video's folder.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

import aiofiles

from videobatch.errors import TransientError
from videobatch.media.files.folders import Folder, HeldError, NotOursError, open_folder
from videobatch.paths import display
from videobatch.records import TOKEN, token_order

MANIFEST = "manifest.json"
KEYFRAMES = "keyframes"
PARALLEL_WRITES = 4
# The code of the error for files that are gone before they were published.
LOST = "attempt_lost"
DISK_FULL = "disk_full"
HELD = "folder_held"


def write_group(folder: Path, files: Iterable[tuple[str, bytes]], *, own: int = 1) -> None:
    """Writes the files (name below `folder`, content) and returns when they are on the disk.

    A few are written at a time, and `files` is drawn from as they go, so it may be a generator.
    Folders are made as needed; of the folder's path the last `own` names may be no links. Safe to
    repeat. Raises TransientError (`disk_full`, `write_failed`) and ValueError for a name that
    leaves the folder.
    """
    with as_our_errors(folder), ExitStack() as opened:
        top = opened.enter_context(open_folder(folder, own=own, make=True))
        asyncio.run(_write_all(_Tree(top, opened), iter(files)))
        with Folder(os.open(folder.parent, os.O_RDONLY | os.O_CLOEXEC), folder.parent) as above:
            above.sync()


class _Tree:
    """A folder and those below it, each opened (and made) once."""

    def __init__(self, top: Folder, opened: ExitStack) -> None:
        self._opened = opened
        self.folders = {PurePosixPath(): top}

    def folder_of(self, name: str) -> tuple[Folder, str]:
        """The open folder of a file, and the file's name in it. Raises ValueError for a name that
        leaves the tree."""
        path = PurePosixPath(name)
        if not path.name or path.is_absolute() or ".." in path.parts:
            raise ValueError(f"not a name below the folder: {name!r}")
        return self._folder(path.parent), path.name

    def _folder(self, path: PurePosixPath) -> Folder:
        if path not in self.folders:
            inner = self._folder(path.parent).inside(path.name, make=True, replace=True)
            self.folders[path] = self._opened.enter_context(inner)
        return self.folders[path]


async def _write_all(tree: _Tree, files: Iterator[tuple[str, bytes]]) -> None:
    async def work() -> None:
        # One iterator for all workers: each holds one file's content at a time.
        for name, content in files:
            await _write_file(*tree.folder_of(name), content)

    results = await asyncio.gather(
        *(work() for _ in range(PARALLEL_WRITES)), return_exceptions=True
    )
    # All have ended before the first error is raised, so that none writes on behind it.
    for result in results:
        if isinstance(result, BaseException):
            raise result
    for _, folder in sorted(tree.folders.items(), reverse=True):
        folder.sync()


async def _write_file(folder: Folder, name: str, content: bytes) -> None:
    # A name of its own: several processes may write a batch's report at the same time.
    part = folder.part_of(name)

    def open_part(path: str, flags: int) -> int:
        return os.open(path, flags | os.O_NOFOLLOW, 0o666, dir_fd=folder.descriptor)

    try:
        # "x": what stands under this name, a link perhaps, is never written through.
        async with aiofiles.open(part, "xb", opener=open_part) as file:
            await file.write(content)
            await file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        await asyncio.to_thread(folder.rename, part, name)
    except BaseException:
        folder.remove(part)
        raise


def lost(final_dir: Path) -> TransientError:
    """The error for an attempt whose files are gone before they were in place."""
    return TransientError(
        f"the files of {display(final_dir.name)} are gone before they were in place",
        hint="run it again with --force",
        code=LOST,
    )


def attempts(folder: Folder, prefix: str) -> list[str]:
    """The names of attempts in the video's folder: `prefix` and a token, the newest first. Links
    are passed over."""
    found: list[tuple[int, str]] = []
    for name in folder.names():
        token = name.removeprefix(prefix)
        is_attempt = token != name and TOKEN.fullmatch(token) is not None
        if is_attempt and folder.has_folder(name):
            found.append((token_order(token), name))
    return [name for _, name in sorted(found, reverse=True)]


def remove_attempts(folder: Folder, prefix: str, up_to: str) -> None:
    """Removes what attempts left in the video's folder, but for those after the token `up_to`,
    which may be at work. Safe to repeat."""
    for name in attempts(folder, prefix):
        if token_order(name.removeprefix(prefix)) <= token_order(up_to):
            folder.remove_tree(name)


@contextmanager
def as_our_errors(folder: Path) -> Iterator[None]:
    """Raises what the disk says in the block as TransientError: `disk_full`, `folder_held`,
    `write_failed`."""
    try:
        yield
    except HeldError as error:
        raise TransientError(
            f"{display(folder)} is held by another process",
            hint="it is tried again; if this goes on, look for a videobatch process that hangs",
            code=HELD,
        ) from error
    except NotOursError as error:
        where = display(error.filename or folder)
        raise TransientError(
            f"{display(folder)} cannot be written: {error.strerror} ({where})",
            hint="move it away: below the output folder no links and pipes are followed",
            code="write_failed",
        ) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise TransientError(
                f"the disk of {display(folder)} is full",
                hint="free some space; the video is tried again",
                code=DISK_FULL,
            ) from error
        raise TransientError(
            f"{display(folder)} cannot be written: {error.strerror}",
            hint="check that the folder exists and may be written by the workers",
            code="write_failed",
        ) from error
