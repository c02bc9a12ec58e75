"""The fate of an attempt's files: kept below the video's folder, put in place, or removed.

Documents of several templates share a video's folder. So one at a time publishes into it: under
the lock of the folder on this machine, and the ledger's order for the fleet (`Ledger.order`).
What they share is merged there and then: the manifest, and the keyframes, whose names tell their
content.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from videobatch.errors import TransientError
from videobatch.media.files import atomic as files
from videobatch.media.files.atomic import KEYFRAMES, MANIFEST, as_our_errors
from videobatch.media.files.folders import LOCK_S, PART_SUFFIX, Folder, locked, open_folder
from videobatch.paths import from_uri
from videobatch.pipeline.outputs.copies import remove_copies
from videobatch.pipeline.outputs.manifest import (
    MadeFile,
    Manifest,
    manifest_in,
    manifest_json,
    merged,
)
from videobatch.pipeline.outputs.place import own_names, video_folder
from videobatch.records import Claim

ATTEMPT = ".attempt-"
# A document, its page and its cards, and subtitles in another language.
DOCUMENTS = (".md", ".html", ".anki.txt", ".srt", ".vtt")


def attempt_dir(claim: Claim) -> Path:
    """The folder of this attempt's files, in the video's own folder.

    The template is part of its name, because two documents of one video share that folder.
    """
    return from_uri(claim.job.out_uri) / _name(claim)


def write_files(claim: Claim, contents: Iterable[tuple[str, bytes]]) -> None:
    """Writes files of this attempt. Raises as `files.write_group`."""
    files.write_group(attempt_dir(claim), contents, own=own_names(claim.job.name) + 1)


def earlier_attempts(claim: Claim, folder: Folder) -> list[str]:
    """Folders that other attempts at the same document left behind, by name."""
    own = _name(claim)
    return [name for name in files.attempts(folder, _prefix(claim)) if name != own]


def begin(claim: Claim) -> None:
    """Makes sure that nothing stands under this attempt's name: a process may be given its claim
    again. What did counts as an earlier attempt's, under a token that nobody has."""
    with _opened(claim) as folder:
        if folder is not None and folder.status(_name(claim)) is not None:
            before = f"{_prefix(claim)}0"
            folder.remove_tree(before)
            folder.rename(_name(claim), before)


def publish(claim: Claim, still_ours: Callable[[], None] = lambda: None) -> None:
    """Puts the committed attempt's files in place. Safe to repeat, also after a crash at any point.

    `manifest.json` is written last, after the others are on the disk, and the attempt's folder,
    which holds its own, goes behind it: a manifest always speaks of files that are there, and
    until it speaks of this document the next try finds what it needs. `still_ours` raises where
    the fleet's order was lost. Raises TransientError; with the code `attempt_lost` where what is
    in place is not this attempt.
    """
    with _opened(claim) as folder:
        if folder is None:
            raise files.lost(from_uri(claim.job.out_uri))
        with locked(folder.descriptor, folder.path, LOCK_S):
            still_ours()
            _publish(claim, folder, still_ours)
    remove_copies(claim.job)


def _publish(claim: Claim, folder: Folder, still_ours: Callable[[], None]) -> None:
    before = manifest_in(folder)
    mine = _moved(claim, folder, still_ours)
    if mine is None:
        in_place = before.of(claim.job.template) if before else None
        if in_place is None or in_place.token != claim.token:
            raise files.lost(folder.path)
    else:
        now = merged(mine, before, lambda name: _is_there(folder, name))
        still_ours()
        _remove_renamed(mine, before, folder)
        folder.remove_parts(MANIFEST)
        folder.write(MANIFEST, manifest_json(now).encode())
        folder.sync()
    _remove_stale_keyframes(folder)
    folder.remove_tree(_name(claim))
    files.remove_attempts(folder, _prefix(claim), claim.token)
    folder.sync()


def _remove_renamed(mine: Manifest, before: Manifest | None, folder: Folder) -> None:
    """Removes the template's earlier document, and what was made of it (its page, its cards), where
    they have no such name any more. What a reader has changed meanwhile is his, and stays."""
    earlier = before.of(mine.template) if before else None
    if before is None or earlier is None:
        return
    rest = [each for each in before.all if each is not earlier]
    kept = {mine.document_file, *mine.names, *(each.document_file for each in rest)}
    kept |= {file.name for each in rest for file in each.files}
    for made in earlier.files:
        is_document = made.name.endswith(DOCUMENTS) and "/" not in made.name
        if made.name in kept or not is_document or not _is_in_place(folder, made):
            continue
        if not _is_one_of(folder, made.name, kept):
            folder.remove(made.name)


def _is_one_of(folder: Folder, name: str, others: Iterable[str]) -> bool:
    """True where the name leads to the same file as another one: some file systems take two
    spellings for one."""
    old = folder.status(name)
    found = (folder.status(each) for each in others if "/" not in each)
    return old is None or any(new is not None and os.path.samestat(old, new) for new in found)


def _is_there(folder: Folder, name: str) -> bool:
    """True for a file of that name; a manifest may tell of one that no disk can hold."""
    try:
        return folder.has_file(name)
    except (OSError, ValueError):
        return False


def _moved(claim: Claim, folder: Folder, still_ours: Callable[[], None]) -> Manifest | None:
    """Moves the attempt's files, but for its manifest; what that tells of those in place. None
    where there is no such manifest, or where it tells of a document or pictures that are gone."""
    if not folder.has_folder(_name(claim)):
        return None
    with folder.inside(_name(claim)) as attempt:
        mine = manifest_in(attempt)
        if mine is None:
            return None
        moved = {name for name in _files_below(attempt) if name != MANIFEST}
        pictures = [file for file in mine.files if file.name.startswith(f"{KEYFRAMES}/")]
        if not all(each.name in moved or _is_in_place(folder, each) for each in pictures):
            return None
        for name in sorted(moved):
            still_ours()
            _move(attempt, folder, name)
    if folder.has_folder(KEYFRAMES):
        with folder.inside(KEYFRAMES) as keyframes:
            keyframes.sync()
    folder.sync()
    # What an earlier try had moved may be another document's by now.
    document = claim.job.document_file
    kept = tuple(f for f in mine.files if f.name in moved or _is_in_place(folder, f))
    return mine.model_copy(update={"files": kept}) if folder.has_file(document) else None


def _files_below(folder: Folder) -> list[str]:
    """The regular files in it and in its folders, as paths from there; no link is followed."""
    found = [name for name in folder.names() if folder.has_file(name)]
    for name in folder.names():
        if folder.has_folder(name):
            with folder.inside(name) as inner:
                found += [f"{name}/{each}" for each in _files_below(inner)]
    return [name for name in found if not name.endswith(PART_SUFFIX)]


@contextmanager
def _folder_of(top: Folder, name: str, *, make: bool) -> Iterator[tuple[Folder, str]]:
    """The open folder of a file below `top`, and the file's name in it. Raises OSError."""
    *above, last = PurePosixPath(name).parts
    if not above:
        yield top, last
        return
    with (
        top.inside(above[0], make=make, replace=make) as inner,
        _folder_of(inner, "/".join([*above[1:], last]), make=make) as found,
    ):
        yield found


def _move(attempt: Folder, folder: Folder, name: str) -> None:
    with (
        _folder_of(attempt, name, make=False) as (source, last),
        _folder_of(folder, name, make=True) as (target, _),
    ):
        source.rename(last, last, target)


def _is_in_place(folder: Folder, made: MadeFile) -> bool:
    try:
        with _folder_of(folder, made.name, make=False) as (where, last):
            content = where.read(last, made.size_bytes)
    except (OSError, ValueError):
        return False
    return hashlib.sha256(content).hexdigest() == made.sha256


def _remove_stale_keyframes(folder: Folder) -> None:
    """Removes pictures that no document refers to: none in place, and none whose publication was
    cut off and is finished later."""
    in_place = manifest_in(folder)
    if folder.status(KEYFRAMES) is None or in_place is None:
        return
    listed = set(in_place.names)
    for name in folder.names():
        if name.startswith(ATTEMPT) and folder.has_folder(name):
            with folder.inside(name) as attempt:
                coming = manifest_in(attempt)
            listed |= coming.names if coming else set()
    if not folder.has_folder(KEYFRAMES):
        folder.remove(KEYFRAMES)
        return
    with folder.inside(KEYFRAMES) as keyframes:
        for name in keyframes.names():
            if f"{KEYFRAMES}/{name}" not in listed and not keyframes.has_folder(name):
                keyframes.remove(name)
        keyframes.sync()
    folder.remove_empty(KEYFRAMES)


def discard(claim: Claim) -> None:
    """Removes the attempt's files; those of others, which may be at work, stay."""
    with suppress(TransientError), _opened(claim) as folder:
        if folder is not None:
            folder.remove_tree(_name(claim))
    _tidy(claim)


def discard_all(claim: Claim) -> None:
    """Removes what every attempt at the document left: there will be no further one."""
    with suppress(TransientError), _opened(claim) as folder:
        if folder is not None:
            files.remove_attempts(folder, _prefix(claim), claim.token)
    remove_copies(claim.job)
    _tidy(claim)


def _tidy(claim: Claim) -> None:
    """Removes the video's folder, unless it holds an earlier document, or another attempt."""
    where = from_uri(claim.job.out_uri)
    with (
        suppress(OSError),
        open_folder(where.parent, own=own_names(claim.job.name) - 1) as above,
    ):
        above.remove_empty(where.name)


@contextmanager
def _opened(claim: Claim) -> Iterator[Folder | None]:
    """The video's folder, None where there is none. Raises TransientError."""
    with as_our_errors(from_uri(claim.job.out_uri)):
        try:
            folder = video_folder(claim.job)
        except FileNotFoundError:
            yield None
            return
        with folder:
            yield folder


def _name(claim: Claim) -> str:
    return f"{_prefix(claim)}{claim.token}"


def _prefix(claim: Claim) -> str:
    return f"{ATTEMPT}{claim.job.template}-"
