"""Files are whole or absent."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from videobatch.errors import TransientError
from videobatch.media.files import atomic as files
from videobatch.media.files.atomic import attempts, remove_attempts, write_group
from videobatch.media.files.folders import open_folder


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_group_is_written(tmp_path: Path) -> None:
    contents = {f"keyframes/{number:03}.jpg": os.urandom(1000) for number in range(40)}
    contents["notes.md"] = b""
    write_group(tmp_path / "a" / "b", contents.items())
    assert tree(tmp_path / "a" / "b") == contents
    write_group(tmp_path / "a" / "b", [("notes.md", b"again")])
    assert (tmp_path / "a" / "b" / "notes.md").read_bytes() == b"again"


def test_a_group_is_drawn_from_a_few_at_a_time(tmp_path: Path) -> None:
    drawn = 0

    def contents() -> Iterator[tuple[str, bytes]]:
        nonlocal drawn
        for number in range(50):
            written = sum(1 for _ in tmp_path.glob("*.bin"))
            assert drawn - written <= files.PARALLEL_WRITES
            drawn += 1
            yield f"{number}.bin", b"x"

    write_group(tmp_path, contents())
    assert drawn == 50


@pytest.mark.parametrize("name", ["../out.md", "/etc/out.md", "a/../../out.md", ""])
def test_names_stay_below_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError):
        write_group(tmp_path / "inner", [(name, b"x")])
    assert not (tmp_path / "out.md").exists()


def test_links_are_replaced_and_not_written_through(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "notes.md").symlink_to(outside)
    (folder / "notes.md.part").symlink_to(outside)
    write_group(folder, [("notes.md", b"new")])
    assert outside.read_bytes() == b"precious"
    assert not (folder / "notes.md").is_symlink()
    assert (folder / "notes.md").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EROFS, "write_failed"),
        (errno.EACCES, "write_failed"),
    ],
)
def test_a_disk_that_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(TransientError) as caught:
        write_group(tmp_path / "out", [("a.md", b"a"), ("b.md", b"b")])
    assert caught.value.code == code
    assert caught.value.hint
    assert tree(tmp_path / "out") == {}


def test_only_the_attempts_at_one_document_are_removed(tmp_path: Path) -> None:
    final = tmp_path / "a.mp4"
    for name in (
        ".attempt-report-2",
        ".attempt-report-10-0123abcd",
        ".attempt-report-10-0123abcd-x",
        ".attempt-report-x",
        ".attempt-notes-2",
    ):
        (final / name).mkdir(parents=True)
    outside = tmp_path / "outside"
    write_group(outside, [("keep.md", b"x")])
    (final / ".attempt-report-9").symlink_to(outside)
    with open_folder(final) as folder:
        assert attempts(folder, ".attempt-report-") == [
            ".attempt-report-10-0123abcd",
            ".attempt-report-2",
        ]
        remove_attempts(folder, ".attempt-report-", "2")
        assert attempts(folder, ".attempt-report-") == [".attempt-report-10-0123abcd"]
        remove_attempts(folder, ".attempt-report-", "10")
    left = {path.name for path in final.iterdir()}
    assert left == {
        ".attempt-report-x",
        ".attempt-report-10-0123abcd-x",
        ".attempt-report-9",
        ".attempt-notes-2",
    }
    assert tree(outside) == {"keep.md": b"x"}


def test_a_link_inside_is_replaced_and_one_on_the_way_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "final").mkdir()
    (tmp_path / "final" / "more").symlink_to(outside)
    write_group(tmp_path / "final", [("more/deep/x.md", b"x")])
    assert (tmp_path / "final" / "more" / "deep" / "x.md").read_bytes() == b"x"
    (tmp_path / "batch").mkdir()
    (tmp_path / "batch" / "week").symlink_to(outside)
    with pytest.raises(TransientError) as caught:
        write_group(tmp_path / "batch" / "week" / "a.mp4", [("x.md", b"x")], own=3)
    assert "a link stands where a folder should" in caught.value.message
    assert list(outside.iterdir()) == []
