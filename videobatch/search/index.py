"""The door of the search: an output folder's index, opened, brought up to date, and asked."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from videobatch.errors import SettingsError, VideobatchError
from videobatch.media.files.folders import HeldError, locked
from videobatch.paths import display
from videobatch.search import database
from videobatch.search.finding import find
from videobatch.search.query import Query
from videobatch.search.records import Filters, Found, Updated
from videobatch.search.updating import Progress, update

# So long one search waits for another one that brings the index up to date.
PATIENCE_S = 2.0
# What SQLite says of the file's place and not of the file: primary result codes.
_OF_THE_PLACE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)


def _silent(_done: int, _total: int) -> None:
    """Tells nobody."""


class _DamagedError(VideobatchError):
    """The index cannot be read, or not by this version."""


class SearchIndex:
    """The index of one output folder. Several processes may have it open; one at a time writes.

    One that is damaged, or was made by another version, is thrown away and built anew: `notices`
    say so, a line each. Raises SettingsError where it cannot be kept at all.
    """

    def __init__(self, file: Path, root: Path) -> None:
        self.notices: list[str] = []
        self.root = root
        self._file = file
        self._index = self._open()
        self._inode = file.stat().st_ino

    def __enter__(self) -> SearchIndex:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._index.close()

    def update(self, progress: Progress = _silent) -> Updated:
        """Brings the index up to date with the folder. Where another process is at it, the index
        stays as it is, and the answer is not current."""
        try:
            with self._alone():
                if self._is_replaced():
                    self._reopen()
                try:
                    return self._updated(progress)
                except _DamagedError as error:
                    self.notices.append(error.message)
                    return self._renewed(progress)
        except HeldError:
            (videos,) = self._index.execute("SELECT count(*) FROM videos").fetchone()
            return Updated(videos, is_current=False)

    def rebuild(self, progress: Progress = _silent) -> Updated:
        """Builds the index anew from the folder. Raises SettingsError where another process is
        writing it."""
        try:
            with self._alone():
                return self._renewed(progress)
        except HeldError as error:
            raise _held() from error

    def find(self, query: Query, filters: Filters | None = None, limit: int = 20) -> Found:
        """The best moments for the query, as many as `limit`."""

        def ask() -> Found:
            with self._faults():
                return find(self._index, query, filters or Filters(), limit)

        try:
            return ask()
        except _DamagedError as error:
            self.notices.append(error.message)
        self.rebuild()
        return ask()

    def _updated(self, progress: Progress) -> Updated:
        with self._faults():
            return update(self._index, os.fspath(self.root), progress)

    def _renewed(self, progress: Progress) -> Updated:
        database.remove(self._file)
        self._reopen()
        return self._updated(progress)

    def _reopen(self) -> None:
        self._index.close()
        with self._faults():
            self._index = database.connect(self._file)
        self._inode = self._file.stat().st_ino

    def _is_replaced(self) -> bool:
        """True where another process has built the index anew since this one opened it."""
        try:
            return self._file.stat().st_ino != self._inode
        except FileNotFoundError:
            return True

    def _open(self) -> sqlite3.Connection:
        database.folder_for(self._file)
        try:
            with self._faults():
                return database.connect(self._file)
        except _DamagedError as error:
            self.notices.append(error.message)
        try:
            with self._alone(), self._faults():
                database.remove(self._file)
                return database.connect(self._file)
        except HeldError as error:
            raise _held() from error

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Raises what SQLite says in the block as SettingsError, or as `_DamagedError` where
        another file would do."""
        try:
            yield
        except database.StaleError as error:
            raise _DamagedError(
                "the index was made by another version; it is built anew"
            ) from error
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in _OF_THE_PLACE:
                raise _DamagedError(f"the index was damaged ({error}); it is built anew") from error
            raise SettingsError(
                f"the index {display(self._file)} cannot be used: {error}",
                hint="make room there, or set VIDEOBATCH_HOME to a folder of your own",
            ) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Holds the right to write the index, for the block. Raises HeldError."""
        path = self._file.with_suffix(".lock")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with locked(descriptor, path, PATIENCE_S):
                yield
        finally:
            os.close(descriptor)


def _held() -> SettingsError:
    return SettingsError(
        "another search brings the index up to date", hint="try again when it has ended"
    )


def open_index(home: Path, root: Path) -> SearchIndex:
    """The index of the output folder `root`, which is kept below the stack's folder `home`; empty
    at first. Writes nothing below `root`. Raises SettingsError."""
    database.check_fts5()
    if not root.is_dir():
        raise SettingsError(
            f"there is no folder {display(root)}",
            hint="name the folder of the documents with --out",
        )
    return SearchIndex(database.file_of(home, root), root)
