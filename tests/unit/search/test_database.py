"""The index's file: one for each machine and root, made where there is none."""

from __future__ import annotations

import os
import socket
import sqlite3
from pathlib import Path

import pytest

from videobatch.errors import SettingsError
from videobatch.search import database


def test_each_root_and_each_machine_has_its_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "out")
    here = database.file_of(tmp_path, tmp_path / "out")
    assert here == database.file_of(tmp_path, tmp_path / "link")
    assert here != database.file_of(tmp_path, tmp_path / "other")
    assert here != database.file_of(tmp_path, tmp_path / os.fsdecode(b"\xff"))
    monkeypatch.setattr(socket, "gethostname", lambda: "another")
    assert here != database.file_of(tmp_path, tmp_path / "out")


def test_it_is_made_once_and_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        index = database.connect(tmp_path / "i")
        assert index.execute("SELECT count(*) FROM videos").fetchone() == (0,)
        assert index.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        index.close()
    database.remove(tmp_path / "i")
    assert not list(tmp_path.iterdir())


def test_that_of_another_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database.connect(tmp_path / "i").close()
    monkeypatch.setattr(database, "SCHEMA_VERSION", 99)
    with pytest.raises(database.StaleError):
        database.connect(tmp_path / "i")


@pytest.mark.parametrize(
    "content", [b"no database at all" * 99, b"SQLite format 3\0" + b"\xff" * 999]
)
def test_what_is_no_index_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "i").write_bytes(content)
    with pytest.raises(sqlite3.DatabaseError):
        database.connect(tmp_path / "i")


def test_its_folder_is_its_owner_s_alone(tmp_path: Path) -> None:
    file = tmp_path / "home" / "search" / "i"
    for _ in range(2):
        database.folder_for(file)
    assert [path.stat().st_mode & 0o777 for path in (file.parent, file.parent.parent)] == [
        0o700
    ] * 2


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError, match="cannot write to"):
        database.folder_for(tmp_path / "file" / "search" / "i")


def test_a_sqlite_without_full_text_search_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    database.check_fts5()
    real = sqlite3.connect

    class Bare(sqlite3.Connection):
        """A build without the module."""

        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            return super().execute(sql.replace("fts5", "no_such_module"), *values)  # type: ignore[arg-type]

    monkeypatch.setattr(sqlite3, "connect", lambda path: real(path, factory=Bare))
    with pytest.raises(SettingsError, match=r"no full-text search \(FTS5\)"):
        database.check_fts5()
