"""Nothing below the output folder is reached over a link, and no pipe or device is waited for."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from videobatch.media.files.folders import (
    Folder,
    HeldError,
    NotOursError,
    locked,
    open_folder,
)

SECRET = b'["a", "secret"]\nof somebody\n'


def is_ours(line: bytes) -> bool:
    return line.startswith(b"[")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside.txt"
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def where(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


@pytest.fixture
def folder(where: Path) -> Iterator[Folder]:
    with open_folder(where) as found:
        yield found


def link(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def dangling(path: Path, outside: Path) -> None:
    path.symlink_to(outside.with_name("nowhere"))


def fifo(path: Path, _: Path) -> None:
    os.mkfifo(path)


def plug(path: Path, _: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


def inner(path: Path, _: Path) -> None:
    path.mkdir()


def device(path: Path, _: Path) -> None:
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


ODD = pytest.mark.parametrize("make", [link, dangling, fifo, plug, inner, device])


@ODD
def test_only_a_regular_file_is_read_or_appended_to(
    folder: Folder,
    where: Path,
    outside: Path,
    make: Callable[[Path, Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(where)
    make(where / "a", outside)
    with pytest.raises(NotOursError):
        folder.read("a", 100)
    with pytest.raises(NotOursError):
        folder.append("a", b"[1]\n", is_ours=is_ours, sync=True)
    assert outside.read_bytes() == SECRET
    assert not outside.with_name("nowhere").exists()
    assert not folder.has_file("a")


@ODD
def test_what_is_written_takes_the_place_of_anything_but_a_folder(
    folder: Folder,
    where: Path,
    outside: Path,
    make: Callable[[Path, Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(where)
    make(where / "a", outside)
    if make is inner:
        with pytest.raises(OSError, match="directory"):
            folder.write("a", b"new")
        assert folder.names() == ["a"]
        return
    folder.write("a", b"new")
    assert folder.read("a", 3) == b"new"
    assert outside.read_bytes() == SECRET
    assert folder.names() == ["a"]


def test_a_file_that_becomes_a_pipe_between_look_and_opening_is_not_waited_for(
    folder: Folder, where: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (where / "a").write_bytes(b"x")
    real = Folder.status

    def overtaken(self: Folder, name: str) -> os.stat_result | None:
        found = real(self, name)
        (where / name).unlink()
        os.mkfifo(where / name)
        return found

    monkeypatch.setattr(Folder, "status", overtaken)
    with pytest.raises(NotOursError):
        folder.read("a", 100)


def test_a_larger_file_is_not_read(folder: Folder, where: Path) -> None:
    (where / "a").write_bytes(b"12345")
    assert folder.read("a", 5) == b"12345"
    with pytest.raises(OSError, match="arge") as caught:
        folder.read("a", 4)
    assert caught.value.errno == errno.EFBIG


def test_a_hard_link_is_replaced_and_what_is_not_ours_stays_behind(
    folder: Folder, where: Path, outside: Path
) -> None:
    os.link(outside, where / "a")
    folder.append("a", b"[2]\n", is_ours=is_ours, sync=True)
    assert outside.read_bytes() == SECRET
    assert (where / "a").read_bytes() == b'["a", "secret"]\n[2]\n'
    folder.append("a", b"[3]\n", is_ours=is_ours, sync=True)
    assert (where / "a").read_bytes().endswith(b"[2]\n[3]\n")


def test_a_torn_line_takes_no_other_with_it(folder: Folder, where: Path) -> None:
    (where / "a").write_bytes(b"[1]\n[2")
    folder.append("a", b"[3]\n", is_ours=is_ours, sync=False)
    assert (where / "a").read_bytes() == b"[1]\n[2\n[3]\n"


def test_a_disk_that_is_full_leaves_no_half_line(
    folder: Folder, where: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (where / "a").write_bytes(b"[1]\n")
    real = os.write

    def full(descriptor: int, content: bytes) -> int:
        if len(content) > 3:
            return real(descriptor, content[:3])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="space"):
        folder.append("a", b"[234]\n", is_ours=is_ours, sync=False)
    assert (where / "a").read_bytes() == b"[1]\n"


def test_lines_of_several_writers_stay_whole(where: Path) -> None:
    def add(writer: int) -> None:
        with open_folder(where) as own:
            for n in range(20):
                own.append("a", f"[{writer}, {n}]\n".encode() * 50, is_ours=is_ours, sync=False)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    lines = (where / "a").read_bytes().splitlines()
    assert len(lines) == 4 * 20 * 50
    assert len(set(lines)) == 4 * 20


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd", "a\0b"])
def test_a_name_is_one_name(folder: Folder, name: str) -> None:
    for act in (folder.status, folder.remove, folder.inside, lambda n: folder.read(n, 1)):
        with pytest.raises(ValueError, match="not a name"):
            act(name)


def test_its_own_names_may_be_no_links_and_those_above_may(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    (disk / "batch" / "a.mp4").mkdir(parents=True)
    (tmp_path / "documents").symlink_to(disk)
    with open_folder(tmp_path / "documents" / "batch" / "a.mp4", own=2) as found:
        assert found.names() == []
    with pytest.raises(NotOursError):
        open_folder(tmp_path / "documents" / "batch" / "a.mp4", own=3)
    with pytest.raises(NotOursError):
        open_folder(tmp_path / "documents", make=True)


def test_removing_follows_no_link(folder: Folder, where: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    (precious / "inner").mkdir(parents=True)
    (where / "tree" / "deep").mkdir(parents=True)
    (where / "tree" / "deep" / "link").symlink_to(precious)
    (where / "link").symlink_to(precious)
    folder.remove_tree("tree")
    folder.remove_tree("link")
    folder.remove_tree("nothing")
    assert folder.names() == []
    assert (precious / "inner").is_dir()


def test_one_at_a_time_holds_it(where: Path) -> None:
    with open_folder(where) as one, open_folder(where) as other:
        with (
            locked(one.descriptor, where),
            pytest.raises(HeldError),
            locked(other.descriptor, where, wait_s=0.0),
        ):
            pass
        with locked(other.descriptor, where, wait_s=0.0):
            pass


def test_a_file_system_without_locks_goes_on(
    where: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int, kind: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with locked(folder.descriptor, where):
        pass
