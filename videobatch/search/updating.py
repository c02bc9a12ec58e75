"""An index brought up to date: videos that are new, changed or gone since."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from videobatch.paths import display
from videobatch.search.folding import indexed
from videobatch.search.reading import VideoText, fault, read_video, unreadable
from videobatch.search.records import ORDER, Updated, marks_text
from videobatch.search.walking import Walk, stamp

# Others see what is in it after so many videos.
CHUNK = 50
# From so many on it pays to put the words' table in order.
MANY = 500
Progress = Callable[[int, int], None]
Name = TypeVar("Name", str, bytes)


def update(index: sqlite3.Connection, root: str, progress: Progress) -> Updated:
    """Brings the index up to date with the folder; `progress` is told how many videos are done, and
    of how many. One process at a time. Safe to repeat, and to cut off."""
    walk = Walk(root)
    known = _known(index)
    there: set[bytes] = set()
    due: list[str] = []
    for path in walk.videos():
        name = os.fsencode(path)
        there.add(name)
        before = known.get(name)
        if before is None or stamp(f"{root}/{path}", before.files) != before.stamp:
            due.append(path)
    gone = [name for name in known.keys() - there if not walk.hides(os.fsdecode(name))]
    for chunk in _chunks(gone):
        with _transaction(index):
            for name in chunk:
                _remove(index, name)
    problems = list(unreadable(walk.unreadable))
    done = 0
    for paths in _chunks(due):
        progress(done, len(due))
        with _transaction(index):
            problems += _replace(index, root, paths)
        done += len(paths)
    if len(due) >= MANY:
        index.execute("INSERT INTO words (words) VALUES ('optimize')")
    progress(len(due), len(due))
    (videos,) = index.execute("SELECT count(*) FROM videos").fetchone()
    return Updated(videos, len(due), len(gone), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Known:
    files: Sequence[str]
    stamp: str


def _known(index: sqlite3.Connection) -> dict[bytes, _Known]:
    # No name holds a slash.
    rows = index.execute("SELECT path, files, stamp FROM videos")
    return {path: _Known(os.fsdecode(files).split("/"), mark) for path, files, mark in rows}


def _chunks(every: Sequence[Name]) -> Iterator[Sequence[Name]]:
    for begin in range(0, len(every), CHUNK):
        yield every[begin : begin + CHUNK]


@contextmanager
def _transaction(index: sqlite3.Connection) -> Iterator[None]:
    index.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        index.execute("ROLLBACK")
        raise
    index.execute("COMMIT")


def _replace(index: sqlite3.Connection, root: str, paths: Sequence[str]) -> Iterator[str]:
    """Reads the videos anew; the faults of those that cannot be read."""
    for path in paths:
        name = os.fsencode(path)
        try:
            text = read_video(root, path)
        except FileNotFoundError:  # Gone since it was seen.
            _remove(index, name)
            continue
        except OSError as error:  # It may be back; what is known of it stays.
            yield fault(error, path)
            continue
        _remove(index, name)
        if text is None:
            yield f"{display(path)}: its manifest cannot be read"
        else:
            _add(index, name, text)


def _add(index: sqlite3.Connection, name: bytes, text: VideoText) -> None:
    (first,) = index.execute("SELECT coalesce(max(id), 0) + 1 FROM passages").fetchone()
    counts = Counter(passage.kind for passage in text.passages)
    video = index.execute(
        "INSERT INTO videos (path, batch, course, video, title, dated_s, media, files, stamp,"
        " first, speech, slides, documents) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (name, text.batch, text.course, text.video, text.title, text.dated_s, text.media,
         os.fsencode("/".join(text.files)), text.stamp, first, *(counts[kind] for kind in ORDER)),
    ).lastrowid  # fmt: skip
    ordered = sorted(text.passages, key=lambda passage: ORDER.index(passage.kind))
    passages = list(enumerate(ordered, first))
    index.executemany(
        "INSERT INTO passages (id, video, kind, source, text, marks) VALUES (?, ?, ?, ?, ?, ?)",
        ((n, video, p.kind.value, p.source, p.text, marks_text(p.marks)) for n, p in passages),
    )
    index.executemany(
        "INSERT INTO words (rowid, text) VALUES (?, ?)",
        ((n, indexed(p.text)) for n, p in passages),
    )


def _remove(index: sqlite3.Connection, name: bytes) -> None:
    found = index.execute("SELECT id FROM videos WHERE path = ?", (name,)).fetchone()
    if found is None:
        return
    passages = index.execute("SELECT id, text FROM passages WHERE video = ?", found).fetchall()
    index.executemany(
        "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)",
        ((n, indexed(text)) for n, text in passages),
    )
    index.execute("DELETE FROM passages WHERE video = ?", found)
    index.execute("DELETE FROM videos WHERE id = ?", found)
