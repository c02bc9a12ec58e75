"""The door: an index that mends itself, and several searches at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.settings import PROJECT_ROOT
from tests.support.searched import SearchedFolder, spoken_lecture
from videobatch.errors import SettingsError
from videobatch.search import database, index
from videobatch.search.index import open_index
from videobatch.search.query import parse

UPDATE = """\
import sys
from pathlib import Path
from videobatch.search.index import open_index
from videobatch.search.query import parse
with open_index(Path(sys.argv[1]), Path(sys.argv[2])) as index:
    while not index.update().is_current:
        pass
    print(len(index.find(parse(["alpha"]), limit=1000).hits), *index.notices)
"""


@pytest.fixture
def full(out: SearchedFolder) -> SearchedFolder:
    """A folder with two videos, and their index."""
    out.put("b/one.mp4", spoken_lecture("alpha beta"))
    out.put("b/two.mp4", spoken_lecture("alpha gamma"))
    assert len(out.videos("alpha")) == 2
    return out


def _scribble(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)


def _cut(file: Path) -> None:
    os.truncate(file, 5_000)


def _other_table(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE something (x)")
    other.close()


def _drop(file: Path) -> None:
    with sqlite3.connect(file) as changed:
        changed.execute("DROP TABLE passages")
    changed.close()


@pytest.mark.parametrize(
    "harm", [_scribble, _cut, _other_table, _drop, lambda file: file.write_bytes(b"no index" * 999)]
)
def test_a_damaged_index_is_built_anew_and_says_so(
    full: SearchedFolder, harm: Callable[[Path], object]
) -> None:
    harm(full.file)
    with full.index() as opened:
        assert len(opened.find(parse(["alpha"])).hits) == 2
        assert len(opened.notices) == 1
        assert opened.notices[0].startswith("the index was damaged")
    with full.index() as opened:
        assert (len(opened.find(parse(["gamma"])).hits), opened.notices) == (1, [])


def test_damage_that_shows_in_a_search_is_mended(full: SearchedFolder) -> None:
    with full.index() as opened:
        # The words' own table is broken: nothing else notices.
        with sqlite3.connect(full.file) as other:
            other.execute("DELETE FROM words_data WHERE id > 10")
        other.close()
        assert len(opened.find(parse(["alpha"])).hits) == 2
        assert "damaged" in opened.notices[0]


def test_an_index_of_another_version_is_built_anew(
    full: SearchedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SCHEMA_VERSION", 99)
    with full.index() as opened:
        assert len(opened.find(parse(["alpha"])).hits) == 2
        assert opened.notices == ["the index was made by another version; it is built anew"]


def test_a_rebuilt_index_is_a_new_one(full: SearchedFolder) -> None:
    with full.index() as opened, full.index() as other:
        told: list[tuple[int, int]] = []
        assert opened.rebuild(lambda done, total: told.append((done, total))).videos == 2
        assert told == [(0, 2), (2, 2)]
        # Who had it open still has what was there, and the new one when it looks again.
        assert len(other.find(parse(["alpha"])).hits) == 2
        full.put("b/three.mp4", spoken_lecture("alpha"))
        assert other.update().videos == 3
        assert len(opened.find(parse(["alpha"])).hits) == 3


def test_several_processes_build_one_index(out: SearchedFolder) -> None:
    for number in range(120):
        out.put(f"b/{number}.mp4", spoken_lecture(f"alpha {number}"))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", UPDATE, out.home, out.root],
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    answers = [process.communicate()[0] for process in processes]
    assert answers == ["120\n"] * 3


def test_who_finds_another_one_writing_searches_what_is_there(
    full: SearchedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "PATIENCE_S", 0.0)
    with full.index() as one, full.index() as two:
        full.put("b/three.mp4", spoken_lecture("alpha"))

        def meanwhile(done: int, total: int) -> None:
            updated = two.update()
            assert (updated.is_current, updated.videos) == (False, 3 if done else 2)
            assert len(two.find(parse(["alpha"])).hits) == updated.videos
            with pytest.raises(SettingsError, match="another search"):
                two.rebuild()

        assert one.update(meanwhile).videos == 3


def test_nothing_is_written_where_the_documents_are(full: SearchedFolder) -> None:
    before = sorted((path, path.lstat().st_mtime_ns) for path in full.root.rglob("*"))
    with full.index() as opened:
        opened.rebuild()
    assert sorted((path, path.lstat().st_mtime_ns) for path in full.root.rglob("*")) == before


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no folder") as error:
        open_index(tmp_path / "home", tmp_path / "nowhere")
    assert "--out" in error.value.hint


def test_a_place_that_cannot_be_written_is_no_damage(full: SearchedFolder) -> None:
    file = full.file
    for path in file.parent.iterdir():
        path.unlink()
    file.mkdir()
    with pytest.raises(SettingsError, match="cannot be used"):
        open_index(full.home, full.root)
