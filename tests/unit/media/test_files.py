"""Files are whole or absent, and a publish that was cut off anywhere is finished by the next."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from videobatch.errors import TransientError
from videobatch.media import files
from videobatch.media.files import attempts, publish, remove_attempts, take_over, write_group


class Crash(BaseException):
    """Stands for the process being killed; nothing catches it."""


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def document(version: str, *pictures: str) -> dict[str, bytes]:
    manifest = json.dumps({"version": version, "keyframes": [{"name": p} for p in pictures]})
    return {
        "manifest.json": manifest.encode(),
        "notes.md": version.encode(),
        "transcript.json": b"[]",
        **{f"keyframes/{p}": f"{version} {p}".encode() for p in pictures},
    }


OLD = document("old", "0001.jpg", "0002.jpg", "0009.jpg")
NEW = document("new", "0001.jpg", "0003.jpg")


@pytest.fixture
def final(tmp_path: Path) -> Path:
    """A video's folder with an old document, and a new attempt waiting to be published."""
    folder = tmp_path / "lecture.mp4"
    write_group(folder, OLD.items())
    write_group(folder / ".attempt-7", NEW.items())
    return folder


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


def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path, final: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.rmtree(final / "keyframes")
    (final / "keyframes").symlink_to(outside)
    publish(final / ".attempt-7", final)
    assert list(outside.iterdir()) == []
    assert tree(final) == NEW
    (final / "more").symlink_to(outside)
    write_group(final, [("more/deep/x.md", b"x")])
    assert list(outside.iterdir()) == []
    assert (final / "more" / "deep" / "x.md").read_bytes() == b"x"


def test_stale_pictures_behind_a_link_are_not_ours(tmp_path: Path, final: Path) -> None:
    outside = tmp_path / "outside"
    write_group(outside, [("holiday.jpg", b"x")])
    shutil.rmtree(final / "keyframes")
    (final / "keyframes").symlink_to(outside)
    publish(final / ".attempt-7", final, ["notes.md", "manifest.json"])
    assert tree(outside) == {"holiday.jpg": b"x"}
    assert not (final / "keyframes").exists()


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


def test_publishing_replaces_the_earlier_document(final: Path) -> None:
    publish(final / ".attempt-7", final)
    assert tree(final) == NEW
    assert not (final / ".attempt-7").exists()
    publish(final / ".attempt-7", final)
    assert tree(final) == NEW


def test_only_the_named_files_are_published(final: Path) -> None:
    publish(final / ".attempt-7", final, ["notes.md", "manifest.json"])
    found = tree(final)
    assert found["notes.md"] == b"new"
    assert found["keyframes/0001.jpg"] == b"old 0001.jpg"
    assert "keyframes/0003.jpg" not in found


def test_the_first_document_needs_no_folder(tmp_path: Path) -> None:
    attempt = tmp_path / "a.mp4" / ".attempt-1"
    write_group(attempt, NEW.items())
    publish(attempt, tmp_path / "a.mp4")
    assert tree(tmp_path / "a.mp4") == NEW


def test_an_attempt_that_vanished_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(TransientError) as caught:
        publish(tmp_path / "a.mp4" / ".attempt-1", tmp_path / "a.mp4")
    assert caught.value.code == "attempt_lost"


def test_an_attempt_without_a_manifest_is_kept_and_is_an_error(tmp_path: Path) -> None:
    attempt = tmp_path / "a.mp4" / ".attempt-1"
    attempt.mkdir(parents=True)
    with pytest.raises(TransientError) as caught:
        publish(attempt, tmp_path / "a.mp4")
    assert caught.value.code == "attempt_lost"
    assert attempt.is_dir()


def test_two_processes_may_finish_the_same_publish(
    final: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = final / ".attempt-7"
    real_replace = Path.replace

    def overtaken(source: Path, target: Path) -> Path:
        monkeypatch.undo()
        publish(attempt, final)
        return real_replace(source, target)

    monkeypatch.setattr(Path, "replace", overtaken)
    publish(attempt, final)
    assert tree(final) == NEW
    assert not attempt.exists()


def _crashing(real: Callable[..., Any], left: list[int], after: bool) -> Callable[..., Any]:
    def step(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and not after:
            raise Crash
        result = real(*args, **kwargs)
        if left[0] == 0:
            raise Crash
        return result

    return step


def _crash_at(step: int, after: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the process die before or after its n-th change of the disk."""
    left = [step]
    monkeypatch.setattr(Path, "replace", _crashing(Path.replace, left, after))
    monkeypatch.setattr(Path, "unlink", _crashing(Path.unlink, left, after))
    monkeypatch.setattr(Path, "mkdir", _crashing(Path.mkdir, left, after))
    monkeypatch.setattr(os, "fsync", _crashing(os.fsync, left, after))
    monkeypatch.setattr(os, "unlink", _crashing(os.unlink, left, after))
    monkeypatch.setattr(os, "rmdir", _crashing(os.rmdir, left, after))


@pytest.mark.parametrize("after", [False, True])
def test_a_publish_cut_off_anywhere_is_finished_by_the_next(final: Path, after: bool) -> None:
    start = final.parent / "start"
    shutil.copytree(final, start)
    step, crashes = 0, 0
    while True:
        step += 1
        shutil.rmtree(final)
        shutil.copytree(start, final)
        with pytest.MonkeyPatch.context() as monkeypatch:
            _crash_at(step, after, monkeypatch)
            try:
                publish(final / ".attempt-7", final)
            except Crash:
                crashes += 1
            else:
                break
        found = tree(final)
        if found["manifest.json"] == NEW["manifest.json"]:
            # A manifest never speaks of files that are not there.
            assert all(found[name] == content for name, content in NEW.items())
        publish(final / ".attempt-7", final)
        assert tree(final) == NEW
    assert crashes > 10


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
    names = [path.name for path in attempts(final, ".attempt-report-")]
    assert names == [".attempt-report-10-0123abcd", ".attempt-report-2"]
    remove_attempts(final, ".attempt-report-", "2")
    assert attempts(final, ".attempt-report-") == [final / ".attempt-report-10-0123abcd"]
    remove_attempts(final, ".attempt-report-", "10")
    left = {path.name for path in final.iterdir()}
    assert left == {
        ".attempt-report-x",
        ".attempt-report-10-0123abcd-x",
        ".attempt-report-9",
        ".attempt-notes-2",
    }
    assert tree(outside) == {"keep.md": b"x"}
    remove_attempts(final / "nowhere", ".attempt-report-", "1")


def test_a_folder_of_an_earlier_attempt_is_taken_over(tmp_path: Path) -> None:
    earlier, mine = tmp_path / ".attempt-report-1", tmp_path / ".attempt-report-2"
    write_group(earlier, [("keyframes/a.jpg", b"picture"), ("other.md", b"x")])
    take_over(earlier, mine, "keyframes")
    assert tree(mine) == {"keyframes/a.jpg": b"picture"}
    with pytest.raises(TransientError):
        take_over(earlier, mine, "keyframes")
