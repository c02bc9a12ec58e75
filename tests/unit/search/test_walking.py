"""The folders of videos below an output folder, and their state."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from videobatch.media.files import atomic
from videobatch.search.walking import MANIFEST, MOST_DEEP, Walk, stamp


def made(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / MANIFEST).write_text("{}")
    return path


def test_the_name_of_the_manifest_is_the_writer_s() -> None:
    assert MANIFEST == atomic.MANIFEST


def test_folders_with_a_manifest_are_found_wherever_they_are(tmp_path: Path) -> None:
    made(tmp_path / "b" / "week 2" / "x.mp4")
    made(tmp_path / "b" / "a.mp4" / "keyframes")  # below no manifest: a folder like any other
    made(tmp_path / "a" / "v.mp4")
    made(tmp_path / "a" / "v.mp4" / ".attempt-x-1")
    made(tmp_path / "a" / "v.mp4" / "keyframes")
    made(tmp_path / ".hidden" / "v.mp4")
    made(tmp_path / os.fsdecode(b"caf\xe9") / "v.mp4")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "file").write_text("x")
    walk = Walk(str(tmp_path))
    assert sorted(walk.videos()) == [
        "a/v.mp4",
        "b/a.mp4/keyframes",
        "b/week 2/x.mp4",
        os.fsdecode(b"caf\xe9/v.mp4"),
    ]
    assert not walk.unreadable


def test_a_tree_without_an_end_is_left(tmp_path: Path) -> None:
    made(tmp_path / "/".join(["d"] * (MOST_DEEP + 5)))
    assert not list(Walk(str(tmp_path)).videos())


def test_what_cannot_be_looked_into_may_hold_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path / "shut" / "v.mp4")
    made(tmp_path / "open" / "v.mp4")
    real = os.scandir

    def refusing(path: str) -> object:
        if path.endswith("/shut"):
            raise PermissionError(13, "no", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    walk = Walk(str(tmp_path))
    assert list(walk.videos()) == ["open/v.mp4"]
    assert walk.unreadable == ["shut"]
    assert walk.hides("shut/v.mp4")
    assert not walk.hides("shut too/v.mp4")
    assert Walk(str(tmp_path), [""]).hides("open/v.mp4")


def test_a_stamp_is_another_one_after_every_change(tmp_path: Path) -> None:
    names = ("one", "two")
    seen = [stamp(str(tmp_path), names)]
    for change in (
        lambda: (tmp_path / "one").write_text("a"),
        lambda: (tmp_path / "one").write_text("ab"),
        lambda: (tmp_path / "two").symlink_to("one"),
        lambda: (tmp_path / "new").write_text("ab") and (tmp_path / "new").rename(tmp_path / "one"),
        lambda: os.utime(tmp_path / "one", ns=(5, 5)),
        (tmp_path / "one").unlink,
    ):
        change()
        seen.append(stamp(str(tmp_path), names))
    assert len(set(seen)) == len(seen)
    assert stamp(str(tmp_path), names) == seen[-1]
    assert stamp(str(tmp_path), ("x" * 300, "nul\0")) == "|"
