"""Writing a video's files so that a crash at any point leaves whole files or none.

A file gets a temporary name in its own folder, is flushed and fsynced, and then renamed. An
attempt writes below `.attempt-<template>-<token>/`; publishing moves its files into the video's
folder, the manifest last, so that a manifest always speaks of files that are there.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import aiofiles

from videobatch.errors import TransientError
from videobatch.paths import display
from videobatch.records import TOKEN, token_order

MANIFEST = "manifest.json"
KEYFRAMES = "keyframes"
PART_SUFFIX = ".part"
PARALLEL_WRITES = 4
# The code of the error for files that are gone before they were published.
LOST = "attempt_lost"
DISK_FULL = "disk_full"


def write_group(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Writes the files (name below `folder`, content) and returns when they are on the disk.

    A few are written at a time, and `files` is drawn from as they go, so it may be a generator.
    Folders are made as needed. Safe to repeat. Raises TransientError (`disk_full`,
    `write_failed`) and ValueError for a name that leaves the folder.
    """
    with _as_our_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(_write_all(folder, iter(files)))


async def _write_all(folder: Path, files: Iterator[tuple[str, bytes]]) -> None:
    folders = {folder}

    async def work() -> None:
        # One iterator for all workers: each holds one file's content at a time.
        for name, content in files:
            target = _below(folder, name)
            folders.add(target.parent)
            _make_parents(folder, name)
            await _write_file(target, content)

    results = await asyncio.gather(
        *(work() for _ in range(PARALLEL_WRITES)), return_exceptions=True
    )
    # All have ended before the first error is raised, so that none writes on behind it.
    for result in results:
        if isinstance(result, BaseException):
            raise result
    for written in sorted(folders, reverse=True):
        _sync_folder(written)
    _sync_folder(folder.parent)


async def _write_file(target: Path, content: bytes) -> None:
    # A name of its own: several processes may write a batch's report at the same time.
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}{PART_SUFFIX}")
    try:
        # "x": what stands under this name, a link perhaps, is never written through.
        async with aiofiles.open(part, "xb") as file:
            await file.write(content)
            await file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        await asyncio.to_thread(os.replace, part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def publish(attempt_dir: Path, final_dir: Path, names: Sequence[str] | None = None) -> None:
    """Moves an attempt's files into the video's folder, replacing those of an earlier attempt.

    `names` (paths below `attempt_dir`) limits it to some files; by default all are moved.
    `manifest.json` goes last, after the others are on the disk; keyframes that it does not list
    are removed, and so is the attempt's folder. Safe to repeat: a publish that was cut off at
    any point is finished by the next. Raises TransientError (`disk_full`, `write_failed`, and
    `attempt_lost` if there is no manifest, neither in the attempt nor in place).
    """
    with _as_our_errors(final_dir):
        if attempt_dir.is_dir():
            _move_files(attempt_dir, final_dir, names)
        if not (final_dir / MANIFEST).is_file():
            raise lost(final_dir)
        _remove_stale_keyframes(final_dir)
        # Another process may be finishing the same publish.
        with suppress(FileNotFoundError):
            shutil.rmtree(attempt_dir)
        _sync_folder(final_dir)


def lost(final_dir: Path) -> TransientError:
    """The error for an attempt whose files are gone before they were in place."""
    return TransientError(
        f"the files of {display(final_dir.name)} are gone before they were in place",
        hint="run it again with --force",
        code=LOST,
    )


def _move_files(attempt_dir: Path, final_dir: Path, names: Sequence[str] | None) -> None:
    chosen = list(names) if names is not None else _files_below(attempt_dir)
    others = [name for name in chosen if name != MANIFEST]
    folders = {final_dir}
    for name in others:
        target = _below(final_dir, name)
        _make_parents(final_dir, name)
        folders.add(target.parent)
        _move(_below(attempt_dir, name), target)
    for folder in sorted(folders, reverse=True):
        _sync_folder(folder)
    if MANIFEST in chosen:
        _move(attempt_dir / MANIFEST, final_dir / MANIFEST)
        _sync_folder(final_dir)


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except FileNotFoundError:
        # An earlier try moved it before it was cut off.
        if not target.exists():
            raise


def _files_below(folder: Path) -> list[str]:
    return sorted(
        os.path.relpath(Path(where) / name, folder)
        for where, _, names in os.walk(folder)
        for name in names
        if not name.endswith(PART_SUFFIX)
    )


def _remove_stale_keyframes(final_dir: Path) -> None:
    """Removes pictures of an earlier document: those whose name the manifest does not hold."""
    folder = final_dir / KEYFRAMES
    if folder.is_symlink():
        folder.unlink()
    if not folder.is_dir() or not (final_dir / MANIFEST).is_file():
        return
    try:
        listed = set(_strings(json.loads((final_dir / MANIFEST).read_bytes())))
    except ValueError:
        return  # Nobody knows what it would list, so everything is kept.
    for entry in list(folder.iterdir()):
        is_listed = entry.name in listed or f"{KEYFRAMES}/{entry.name}" in listed
        if not is_listed and not entry.is_dir():
            entry.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
    else:
        _sync_folder(folder)


def _strings(value: object) -> Iterator[str]:
    """All strings in a JSON value: a keyframe is listed wherever the manifest names it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def attempts(final_dir: Path, prefix: str) -> list[Path]:
    """The folders of attempts in the video's folder whose names are `prefix` and a token, the
    newest first. Links are passed over; there need not be such a folder."""
    if not final_dir.is_dir():
        return []
    found: list[tuple[int, Path]] = []
    for entry in os.scandir(final_dir):
        token = entry.name.removeprefix(prefix)
        is_attempt = token != entry.name and TOKEN.fullmatch(token) is not None
        if is_attempt and entry.is_dir(follow_symlinks=False):
            found.append((token_order(token), Path(entry.path)))
    return [path for _, path in sorted(found, reverse=True)]


def remove_attempts(final_dir: Path, prefix: str, up_to: str) -> None:
    """Removes what attempts left in the video's folder, but for those after the token `up_to`,
    which may be at work. Safe to repeat."""
    for path in attempts(final_dir, prefix):
        if token_order(path.name.removeprefix(prefix)) <= token_order(up_to):
            shutil.rmtree(path, ignore_errors=True)


def take_over(earlier: Path, attempt_dir: Path, name: str) -> None:
    """Moves a folder of an earlier attempt into this one's. Raises TransientError."""
    with _as_our_errors(attempt_dir):
        attempt_dir.mkdir(parents=True, exist_ok=True)
        (earlier / name).rename(attempt_dir / name)
        _sync_folder(attempt_dir)


def _below(folder: Path, name: str) -> Path:
    parts = Path(name).parts
    if not parts or Path(name).is_absolute() or ".." in parts:
        raise ValueError(f"not a name below the folder: {name!r}")
    return folder / name


def _make_parents(folder: Path, name: str) -> None:
    """Makes the folders between `folder` and the file; a link in their place is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for parent in reversed(Path(name).parents[:-1]):
        inner = folder / parent
        if inner.is_symlink():
            inner.unlink()
        inner.mkdir(exist_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _as_our_errors(folder: Path) -> Iterator[None]:
    try:
        yield
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
