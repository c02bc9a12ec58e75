"""The file that an attempt reads: when it counts as another one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from videobatch.errors import InputError, PermanentError, StoppingError, TransientError
from videobatch.media.container.source import content_hash
from videobatch.pipeline.original import CHANGED, Original, Probed

CONTENT = bytes(range(256)) * 64


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "a.mp4"
    made.write_bytes(CONTENT)
    return made


@pytest.fixture
def original(path: Path) -> Original:
    made = Original(path, path.parent)
    made.look()
    made.content_hash = content_hash(path)
    return made


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"!")


def cut(path: Path) -> None:
    os.truncate(path, 10)


def overwrite_quietly(path: Path) -> None:
    """Size and date stay."""
    status = path.stat()
    with path.open("r+b") as file:
        file.write(b"other")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace_by(content: bytes) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        status = path.stat()
        part = path.with_suffix(".part")
        part.write_bytes(content)
        os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
        part.replace(path)

    return replace


CHANGES = [grow, cut, overwrite_quietly, replace_by(CONTENT[::-1])]


def touch(path: Path) -> None:
    os.utime(path)


def link(path: Path) -> None:
    (path.parent / "b.mp4").hardlink_to(path)


def change_rights(path: Path) -> None:
    path.chmod(0o600)


HARMLESS = [touch, link, change_rights, replace_by(CONTENT)]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("error", [None, PermanentError("no video"), TransientError("no disk")])
def test_a_file_that_changes_in_a_block_is_said_to(
    original: Original, path: Path, change: Callable[[Path], None], error: Exception | None
) -> None:
    def block() -> None:
        with original.read():
            change(path)
            if error is not None:
                raise error

    with pytest.raises(TransientError) as caught:
        block()
    assert (caught.value.code, caught.value.message) == (
        CHANGED,
        "a.mp4 was changed while it was read",
    )
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("change", HARMLESS)
def test_the_same_content_is_the_same_file(
    original: Original, path: Path, change: Callable[[Path], None]
) -> None:
    with original.read():
        change(path)
    # From now on it is known so.
    assert original.mark == Original(path, path.parent).look()


def test_other_errors_pass(original: Original, path: Path) -> None:
    with pytest.raises(PermanentError, match="no video"), original.read():
        raise PermanentError("no video")
    grow(path)
    with pytest.raises(StoppingError), original.read():
        raise StoppingError("later")


def test_a_file_that_goes_away_is_missing(original: Original, path: Path) -> None:
    with pytest.raises(InputError) as caught, original.read():
        path.unlink()
    assert caught.value.code == "missing"


@pytest.mark.parametrize("change", CHANGES)
def test_bytes_that_are_handed_on_are_those_of_the_file_that_was_probed(
    original: Original, path: Path, change: Callable[[Path], None]
) -> None:
    with original.opened() as file:
        assert file.read(100) == CONTENT[:100]
        file.seek(50)
        assert file.read(10) == CONTENT[50:60]
        change(path)
        with pytest.raises(TransientError) as caught:
            file.read(100)
    assert caught.value.code == CHANGED
    with original.opened() as file, pytest.raises(TransientError):
        file.read(100)


def test_a_probe_of_an_earlier_version_is_none(path: Path) -> None:
    del path
    assert Probed.of('0.012 {"container": "mp4"}') is None
    assert Probed.of("") is None


def test_a_hash_is_taken_where_the_looks_differ_alone(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[Path] = []

    def noted(path: Path, *rest: object) -> str:
        hashed.append(path)
        return content_hash(path)

    monkeypatch.setattr("videobatch.pipeline.original.content_hash", noted)
    original = Original(path, tmp_path)
    original.look()
    original.content_hash = content_hash(path)
    with original.read():
        path.read_bytes()
    assert hashed == []
    shutil.copy(path, tmp_path / "c.mp4")
    with original.read():
        (tmp_path / "c.mp4").replace(path)
    assert hashed == [path]
