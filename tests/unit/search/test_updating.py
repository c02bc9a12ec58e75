"""An index follows its folder: what is new, changed and gone."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.support.searched import DOCUMENT, SearchedFolder, spoken_lecture
from videobatch.search import updating
from videobatch.search.index import open_index
from videobatch.search.reading import TRANSCRIPT
from videobatch.search.walking import MANIFEST


def whole(out: SearchedFolder) -> None:
    """Raises where the words' table and the passages disagree."""
    with sqlite3.connect(out.file) as index:
        words = {row for (row,) in index.execute("SELECT rowid FROM words")}
        passages = {row for (row,) in index.execute("SELECT id FROM passages")}
        vocabulary = "CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, row)"
        index.execute(vocabulary)
        (in_use,) = index.execute("SELECT count(*) FROM terms").fetchone()
    index.close()
    assert words == passages
    assert bool(in_use) == bool(passages)


def test_only_what_changed_is_read(out: SearchedFolder) -> None:
    first = out.put("b/one.mp4", spoken_lecture("alpha"))
    out.put("b/two.mp4", spoken_lecture("beta"))
    with out.index() as index:
        assert index.update().changed == 0
        (first / DOCUMENT).write_text("A remark of mine: gamma.")
        out.put("b/three.mp4", spoken_lecture("delta"))
        told: list[tuple[int, int]] = []
        updated = index.update(lambda done, total: told.append((done, total)))
        assert (updated.videos, updated.changed, updated.removed) == (3, 2, 0)
    assert told == [(0, 2), (2, 2)]
    assert out.videos("gamma") == ["one.mp4"]
    assert out.videos("delta") == ["three.mp4"]
    whole(out)


@pytest.mark.parametrize("gone", [".", MANIFEST])
def test_what_is_gone_leaves_the_index(out: SearchedFolder, gone: str) -> None:
    folder = out.put("b/one.mp4", spoken_lecture("alpha 學習 café"))
    out.put("b/two.mp4", spoken_lecture("alpha"))
    assert sorted(out.videos("alpha")) == ["one.mp4", "two.mp4"]
    shutil.rmtree(folder) if gone == "." else (folder / gone).unlink()
    assert out.videos("alpha") == ["two.mp4"]
    assert out.videos("学习") == out.videos("cafe") == []
    whole(out)


def test_a_text_that_is_gone_leaves_the_index_alone(out: SearchedFolder) -> None:
    folder = out.put("b/one.mp4", spoken_lecture("alpha"))
    (folder / DOCUMENT).write_text("beta")
    assert out.videos("beta") == ["one.mp4"]
    (folder / DOCUMENT).unlink()
    assert out.videos("beta") == []
    assert out.videos("alpha") == ["one.mp4"]
    (folder / TRANSCRIPT).unlink()
    assert out.videos("alpha") == []
    (folder / DOCUMENT).write_text("beta again")
    assert out.videos("beta") == ["one.mp4"]
    whole(out)


def test_another_text_takes_the_place_of_the_first(out: SearchedFolder) -> None:
    for text in ("alpha one", "ALPHA 2 學", "café ﬁne"):
        out.put("b/one.mp4", spoken_lecture(text))
        assert out.videos(*text.split()) == ["one.mp4"]
    assert out.videos("alpha") == []
    whole(out)


def test_a_manifest_that_cannot_be_read_is_told(out: SearchedFolder) -> None:
    folder = out.put("b/one.mp4", spoken_lecture("alpha"))
    assert out.videos("alpha") == ["one.mp4"]
    (folder / MANIFEST).write_text("{}")
    with out.index() as index:
        updated = index.update()
    assert (updated.videos, updated.unreadable) == (0, ("b/one.mp4: its manifest cannot be read",))
    assert out.videos("alpha") == []


def test_a_folder_that_cannot_be_read_keeps_what_is_known(
    out: SearchedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = out.put("b/one.mp4", spoken_lecture("alpha"))
    assert out.videos("alpha") == ["one.mp4"]
    (folder / DOCUMENT).write_text("changed")

    def refused(root: str, path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(updating, "read_video", refused)
    with out.index() as index:
        assert index.update().unreadable == ("b/one.mp4: Permission denied",)
    assert out.videos("alpha") == ["one.mp4"]


def test_a_share_that_fails_takes_nothing_out_of_the_index(
    out: SearchedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    out.put("b/one.mp4", spoken_lecture("alpha"))
    assert out.videos("alpha") == ["one.mp4"]

    def failing(path: str) -> None:
        raise OSError(5, "Input/output error", path)

    monkeypatch.setattr(os, "scandir", failing)
    with out.index() as index:
        updated = index.update()
    assert updated.unreadable == ("the folder itself: cannot be looked into",)
    assert out.videos("alpha") == ["one.mp4"]


def test_what_is_cut_off_goes_on_where_it_was(
    out: SearchedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updating, "CHUNK", 2)
    for number in range(5):
        out.put(f"b/{number}.mp4", spoken_lecture(f"alpha number{number}"))

    class _CutError(Exception):
        """The end of the process."""

    def cut(done: int, total: int) -> None:
        if done == 4:
            raise _CutError

    with open_index(out.home, out.root) as index:
        with pytest.raises(_CutError):
            index.update(cut)
        updated = index.update()
    assert (updated.videos, updated.changed) == (5, 1)
    assert len(out.videos("alpha")) == 5
    whole(out)


def test_names_of_any_bytes_are_found_again(out: SearchedFolder) -> None:
    name = os.fsdecode(b"caf\xe9.mp4")
    folder: Path = out.put(f"b/{name}", spoken_lecture("alpha"))
    (hit,) = out.find("alpha").hits
    assert (hit.video, hit.folder) == ("caf\\xe9.mp4", f"b/{name}")
    with out.index() as index:
        assert index.update().changed == 0
    shutil.rmtree(folder)
    assert out.videos("alpha") == []
