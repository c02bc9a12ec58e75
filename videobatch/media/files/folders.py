"""A folder of the output, held by its descriptor: no link below it is followed, no pipe waited for.

Others may write where documents go. So a folder is opened once, without following a link among
the last names of its path, and everything in it is reached from that descriptor by one name at a
time. What is read or appended to is a regular file, looked at before it is opened (opening a
device may act) and again when it is open. What is written gets a name of its own and is renamed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

PART_SUFFIX = ".part"
LOCK_S = 5.0
POLL_S = 0.02
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
# What file systems say that know no locks; the order that the ledger keeps is enough then.
_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF, errno.EINVAL, errno.ENOSYS})


class NotOursError(OSError):
    """Something else stands where a file or folder of the output should: a link, a pipe."""

    def __init__(self, what: str, path: Path) -> None:
        super().__init__(errno.ELOOP, what, os.fspath(path))


class HeldError(OSError):
    """Another process holds the folder or the file for too long."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EAGAIN, "another process holds it", os.fspath(path))


class Folder:
    """An open folder; `path` is for messages alone. Every method raises OSError, and takes one
    name, not a path."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self.descriptor = descriptor
        self.path = path

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self.descriptor)

    def inside(self, name: str, *, make: bool = False, replace: bool = False) -> Folder:
        """The folder of that name in this one; with `make` it is made where there is none, with
        `replace` a link in its place goes."""
        path = self.path / _one(name)
        if replace and self._is(name, stat.S_ISLNK):
            os.unlink(name, dir_fd=self.descriptor)
        if make:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=self.descriptor)
        try:
            return Folder(os.open(name, _FOLDER, dir_fd=self.descriptor), path)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                raise
            what = "a link" if self._is(name, stat.S_ISLNK) else "a file"
            raise NotOursError(f"{what} stands where a folder should", path) from error

    def status(self, name: str) -> os.stat_result | None:
        """The status of what has the name, links not followed; None where nothing does."""
        with suppress(FileNotFoundError):
            return os.stat(_one(name), dir_fd=self.descriptor, follow_symlinks=False)
        return None

    def has_file(self, name: str) -> bool:
        """True for a regular file."""
        return self._is(name, stat.S_ISREG)

    def has_folder(self, name: str) -> bool:
        """True for a folder that is no link."""
        return self._is(name, stat.S_ISDIR)

    def _is(self, name: str, kind: Callable[[int], bool]) -> bool:
        status = self.status(name)
        return status is not None and kind(status.st_mode)

    def _holds(self, name: str, status: os.stat_result) -> bool:
        found = self.status(name)
        return found is not None and os.path.samestat(found, status)

    def names(self) -> list[str]:
        """All names in it, sorted."""
        return sorted(os.listdir(self.descriptor))  # noqa: PTH208 - of a descriptor

    def open_file(self, name: str, flags: int = os.O_RDONLY) -> int:
        """A descriptor of the regular file, which the caller closes."""
        path = self.path / _one(name)
        before = self.status(name)
        if before is not None and not stat.S_ISREG(before.st_mode):
            raise NotOursError("it is a link, a pipe or something else than a file", path)
        descriptor = os.open(name, flags | _FILE, 0o666, dir_fd=self.descriptor)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NotOursError("it is something else than a file", path)
        return descriptor

    def read(self, name: str, most_bytes: int) -> bytes:
        """The content of a file; one that is larger raises."""
        with os.fdopen(self.open_file(name), "rb") as file:
            content = file.read(most_bytes + 1)
        if len(content) > most_bytes:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), os.fspath(self.path / name))
        return content

    def append(
        self, name: str, lines: bytes, *, is_ours: Callable[[bytes], bool], sync: bool
    ) -> None:
        """Adds whole lines to a file, which is made where there is none.

        One process at a time: a line that a crash or a full disk has torn is closed first, so
        that it takes no other with it. A file with a second name (a hard link) is replaced by
        one of its own, with those of its lines that `is_ours`, and the other stays as it was.
        """
        while True:
            descriptor = self.open_file(name, os.O_RDWR | os.O_APPEND | os.O_CREAT)
            with os.fdopen(descriptor, "rb+", buffering=0) as file:
                with locked(descriptor, self.path / name):
                    status = os.fstat(descriptor)
                    if not self._holds(name, status):  # Replaced between opening and locking.
                        continue
                    if status.st_nlink > 1:
                        file.seek(0)
                        kept = b"".join(line for line in file.readlines() if is_ours(line))
                        self.write(name, kept)
                        continue
                    _add(descriptor, status.st_size, lines)
                    if sync:
                        os.fsync(descriptor)
                return

    def write(self, name: str, content: bytes) -> None:
        """Puts a file with that content under the name, whole or not at all, and on the disk."""
        part = self.part_of(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(part, flags, 0o666, dir_fd=self.descriptor)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            self.rename(part, name)
        except BaseException:
            self.remove(part)
            raise

    @staticmethod
    def part_of(name: str) -> str:
        """A name for what is not whole yet; another one each time."""
        return f"{_one(name)}.{secrets.token_hex(4)}{PART_SUFFIX}"

    def remove_parts(self, name: str) -> None:
        """Removes what is left of writings under the name that were cut off. Nobody else may be
        writing it."""
        own = re.compile(rf"{re.escape(name)}\.[0-9a-f]{{8}}{re.escape(PART_SUFFIX)}")
        for each in self.names():
            if own.fullmatch(each):
                self.remove(each)

    def rename(self, name: str, new_name: str, to: Folder | None = None) -> None:
        """Gives a file another name, in another open folder perhaps; what stood there goes."""
        os.rename(
            _one(name),
            _one(new_name),
            src_dir_fd=self.descriptor,
            dst_dir_fd=(to or self).descriptor,
        )

    def remove(self, name: str) -> None:
        """Removes a file, or a link itself; there need not be one."""
        with suppress(FileNotFoundError):
            os.unlink(_one(name), dir_fd=self.descriptor)

    def remove_tree(self, name: str) -> None:
        """Removes a folder with all below it, no link followed, as far as that is possible."""
        if self.has_folder(name):
            shutil.rmtree(name, ignore_errors=True, dir_fd=self.descriptor)
        else:
            with suppress(OSError):
                self.remove(name)

    def remove_empty(self, name: str) -> None:
        """Removes the folder if nothing is in it."""
        with suppress(OSError):
            os.rmdir(_one(name), dir_fd=self.descriptor)

    def sync(self) -> None:
        """Returns when the names in it are on the disk."""
        os.fsync(self.descriptor)


def open_folder(path: Path, *, own: int = 1, make: bool = False) -> Folder:
    """The folder at the path. Its last `own` names are the output's: none of them may be a link.
    What stands before them is as a person named it, links and all. Raises OSError."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 - resolves `..` without following links
    own = min(max(own, 1), len(path.parts) - 1)
    top = path.parents[own - 1]
    if make:
        top.mkdir(parents=True, exist_ok=True)
    folder = Folder(os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), top)
    for name in path.parts[len(path.parts) - own :]:
        with folder:
            folder = folder.inside(name, make=make)
    return folder


@contextmanager
def locked(descriptor: int, path: Path, wait_s: float = LOCK_S) -> Iterator[None]:
    """Holds a file or folder alone among the processes of this machine, for the block.

    Raises HeldError if another one keeps it for `wait_s`. Where the file system knows no locks
    nothing is held.
    """
    deadline_s = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                break
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            if time.monotonic() >= deadline_s:
                raise HeldError(path) from error
            time.sleep(POLL_S)
        else:
            break
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def _add(descriptor: int, size_bytes: int, lines: bytes) -> None:
    is_torn = size_bytes > 0 and os.pread(descriptor, 1, size_bytes - 1) != b"\n"
    left = memoryview(b"\n" + lines if is_torn else lines)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, size_bytes)
        raise


def _one(name: str) -> str:
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise ValueError(f"not a name in a folder: {name!r}")
    return name
