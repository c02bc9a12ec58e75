"""The index's file: SQLite with a table of the words (FTS5) beside the texts they were read from.

The words' table keeps no texts (`content=''`): it is told the words of a passage again when that
leaves it, so they must be folded the same way then as when it came. `_identity` names all that
folding depends on, and a file of another identity is made anew, as is one that is damaged.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sqlite3
import unicodedata
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from videobatch.errors import SettingsError
from videobatch.paths import display

SCHEMA_VERSION = 2
BUSY_S = 10.0
CACHE_KIB = 65_536
_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE videos (
    id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, batch TEXT NOT NULL,
    course TEXT NOT NULL, video TEXT NOT NULL, title TEXT NOT NULL, dated_s REAL NOT NULL,
    media TEXT NOT NULL, files BLOB NOT NULL, stamp TEXT NOT NULL, first INTEGER NOT NULL,
    speech INTEGER NOT NULL, slides INTEGER NOT NULL, documents INTEGER NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, video INTEGER NOT NULL, kind TEXT NOT NULL,
    source TEXT NOT NULL, text TEXT NOT NULL, marks TEXT NOT NULL
);
CREATE INDEX passages_of_video ON passages (video);
CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='ascii');
"""
WORDLESS = "this Python's SQLite has no full-text search (FTS5)"


def check_fts5() -> None:
    """Returns where SQLite can search texts. Raises SettingsError."""
    with sqlite3.connect(":memory:") as trial:
        try:
            trial.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        except sqlite3.OperationalError as error:
            raise SettingsError(
                WORDLESS, hint="use a Python of python.org, of your system, or of uv"
            ) from error
    trial.close()


def file_of(home: Path, root: Path) -> Path:
    """The file of the root's index, below the stack's folder. Each machine has its own: SQLite's
    locks do not reach across machines, which may share both folders."""
    mark = f"{socket.gethostname()}\0".encode() + os.fsencode(os.path.realpath(root))
    return home / "search" / f"{hashlib.sha256(mark).hexdigest()[:16]}.sqlite3"


def connect(path: Path) -> sqlite3.Connection:
    """The index in the file, which is made where there is none. Raises sqlite3.DatabaseError where
    it is damaged, and StaleError where it is of another version."""
    opened = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("PRAGMA synchronous = NORMAL")
        opened.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        _make(opened)
        found = opened.execute("SELECT value FROM facts WHERE name = 'identity'").fetchone()
        if found != (_identity(),):
            raise StaleError
    except BaseException:
        opened.close()
        raise
    return opened


class StaleError(sqlite3.DatabaseError):
    """The index was made by another version of the program."""


def _make(opened: sqlite3.Connection) -> None:
    if opened.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        return
    opened.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have made them meanwhile.
        if not opened.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            for statement in filter(str.strip, _TABLES.split(";")):
                opened.execute(statement)
            opened.execute("INSERT INTO facts VALUES ('identity', ?)", (_identity(),))
        opened.execute("COMMIT")
    except BaseException:
        opened.execute("ROLLBACK")
        raise


def _identity() -> str:
    try:
        converter = version("opencc")
    except PackageNotFoundError:
        converter = "none"
    return f"{SCHEMA_VERSION} {unicodedata.unidata_version} {converter}"


def remove(path: Path) -> None:
    """Takes the index away. Whoever still has it open goes on with what was there."""
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with suppress(FileNotFoundError):
            each.unlink()


def folder_for(path: Path) -> None:
    """Makes the index's folder. Raises SettingsError."""
    try:
        # Two steps: of several folders only the last one gets the mode.
        path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"cannot write to {display(path.parent)}: {error.strerror}",
            hint="the search keeps its index there; set VIDEOBATCH_HOME to a folder of your own",
        ) from error
