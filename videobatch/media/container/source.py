"""Opening what a person submitted, safely: regular files below one folder, and nothing else.

A path can be a FIFO (reading hangs), a link out of the folder, or a playlist under a video's
name, which FFmpeg would follow to other files and hosts. So a path is resolved and checked
first, FFmpeg gets an open file instead of a name, only demuxers that read one file are allowed,
and every further opening is refused.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn, cast

from videobatch.errors import InputError, TransientError
from videobatch.media.container import sniffing
from videobatch.media.container.formats import DEMUXERS, demuxer
from videobatch.paths import display, inside

if TYPE_CHECKING:
    from av.container import InputContainer

CHUNK_BYTES = 2**20

# A larger buffer than PyAV's 32 KiB, because each read crosses from C to Python.
_BUFFER_BYTES = 2**18

# Errors of the disk or the network below it: the same file may be readable later.
_DISK_ERRNOS = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENODEV, errno.ENOTCONN})


@dataclass(frozen=True, slots=True)
class FileMark:
    """The look of a file from outside. A file that looks the same is the same; the time of its last
    change of any kind (ctime) and the inode are others once another one is in its place, or it was
    written, even under an old size and date."""

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileMark:
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def check_file(path: Path, root: Path) -> os.stat_result:
    """Size and times of the file, once it is known to be readable and below `root`.

    Raises InputError: `missing`, `outside_folder`, `not_a_file`, `unreadable`, `empty`.
    """
    descriptor = open_regular(path, root)
    try:
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def open_regular(path: Path, root: Path) -> int:
    """A descriptor for reading the file, which the caller closes. Raises as `check_file`."""
    name = display(path.name)
    try:
        _check_regular(os.stat(path), name)  # noqa: PTH116 - pairs with fstat below
        if not inside(path, root):
            raise InputError(
                f"{name} is a link to a file outside the submitted folder",
                hint="copy the file into the folder, or submit the file itself",
                code="outside_folder",
            )
        # The name could change hands between the look and the opening: no link is followed
        # any more, no FIFO is waited for, and what is open is looked at again.
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(os.path.realpath(path), flags)
    except OSError as error:
        _refuse(error, path, name)
    try:
        _check_regular(os.fstat(descriptor), name)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_regular(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, socket or device"
        raise InputError(
            f"{name} is {kind}, not a file", hint="submit the video file itself", code="not_a_file"
        )
    if status.st_size == 0:
        raise InputError(
            f"{name} is empty (0 bytes)", hint="copy or download the file again", code="empty"
        )


def _refuse(error: OSError, path: Path, name: str) -> NoReturn:
    if isinstance(error, PermissionError):
        raise InputError(
            f"{name} may not be read: permission denied",
            hint="give the user that runs the workers the right to read it",
            code="unreadable",
        ) from error
    if error.errno in _DISK_ERRNOS:
        raise _disk_error(error, name) from error
    is_link = os.path.islink(path)  # noqa: PTH114 - Path.is_link raises on odd names
    raise InputError(
        f"{name} is a link to nothing" if is_link else f"{name} is not there",
        hint="it may have been moved or deleted since it was submitted",
        code="missing",
    ) from error


def _disk_error(error: OSError, name: str) -> TransientError:
    return TransientError(
        f"{name} could not be read from its disk: {error.strerror}",
        hint="check the disk or the network folder",
        code="read_failed",
    )


@contextmanager
def opened(path: Path, root: Path) -> Iterator[BinaryIO]:
    """The file, for reading its bytes as they are. Raises as `check_file`."""
    with os.fdopen(open_regular(path, root), "rb", buffering=0) as file:
        yield cast("BinaryIO", file)


@contextmanager
def open_media(path: Path, root: Path) -> Iterator[InputContainer]:
    """The opened container; it and its file are closed at the end of the block.

    Raises InputError with the codes of `check_file`, and `playlist`, `not_media`, `no_index`,
    `damaged`; TransientError (`read_failed`) if the disk fails. The same holds for what FFmpeg
    raises inside the block.
    """
    # It takes its time to load, and who only looks at a file does without it.
    import av

    name = display(path.name)
    with os.fdopen(open_regular(path, root), "rb", buffering=0) as file:
        sniffing.refuse_playlist(file.fileno(), name)
        with _as_our_errors(file.fileno(), name):
            container = av.open(
                file,
                "r",
                format=demuxer(path.suffix.lower(), os.pread(file.fileno(), 2, 0)),
                metadata_errors="replace",
                buffer_size=_BUFFER_BYTES,
                options={"format_whitelist": DEMUXERS, "protocol_whitelist": "none"},
                io_open=_refuse_further_file,
            )
            with container:
                yield container


def _refuse_further_file(url: str, _flags: int, _options: dict[str, str]) -> NoReturn:
    raise PermissionError(errno.EPERM, "a media file may not name other files", display(url))


@contextmanager
def _as_our_errors(descriptor: int, name: str) -> Iterator[None]:
    import av

    try:
        yield
    except av.FFmpegError as error:
        raise sniffing.reason(descriptor, name, str(error.strerror)) from error
    except OSError as error:
        if error.errno in _DISK_ERRNOS:
            raise _disk_error(error, name) from error
        raise sniffing.reason(descriptor, name, str(error.strerror)) from error


def content_hash(path: Path, on_bytes: Callable[[int, int], None] | None = None) -> str:
    """SHA-256 of the file's bytes, 64 hexadecimal digits, read in chunks of 1 MiB.

    Follows links: whether they may be followed was asked before. `on_bytes` is told the bytes
    read so far and the size. Raises as `check_file`.
    """
    real = Path(os.path.realpath(path))
    with os.fdopen(open_regular(real, real.parent), "rb", buffering=0) as file:
        return _hash(file.fileno(), on_bytes)


def _hash(descriptor: int, on_bytes: Callable[[int, int], None] | None) -> str:
    digest = hashlib.sha256()
    size_bytes, done_bytes = os.fstat(descriptor).st_size, 0
    chunk = bytearray(CHUNK_BYTES)
    while count := os.preadv(descriptor, [chunk], done_bytes):
        digest.update(memoryview(chunk)[:count])
        done_bytes += count
        if on_bytes is not None:
            on_bytes(done_bytes, max(done_bytes, size_bytes))
    return digest.hexdigest()
