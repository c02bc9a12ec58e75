"""The video file of one attempt: which content it has, and whether that is so still.

A file may be replaced, renamed, touched or cut while it is worked on, and between two attempts. So
every result is bound to the hash of the content that it was made of, and each stage that reads the
file looks at it again when it ends. Size, times and inode tell cheaply that nothing happened; where
they are others, the content decides.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from pydantic import ValidationError

from videobatch.errors import PermanentError, TransientError
from videobatch.media.container.source import FileMark, check_file, content_hash, opened
from videobatch.media.subtitles.sidecars import find_sidecars, look_of
from videobatch.paths import display
from videobatch.records import Probe, from_json, to_json

CHANGED = "file_changed"


@dataclass(frozen=True, slots=True)
class Probed:
    """The probe's findings, and how the file looked then: the checkpoint of that stage."""

    probe: Probe
    mark: FileMark

    @classmethod
    def of(cls, text: str) -> Probed | None:
        """The one that `to_text` wrote; None for what is none, as an earlier version's."""
        try:
            return from_json(cls, text.partition(" ")[2])
        except ValidationError:
            return None

    def to_text(self, took_s: float) -> str:
        return f"{took_s:.3f} {to_json(self)}"


class Original:
    """The file at `path`, below `root`. Methods raise as `check_file`."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._root = root
        self.mark: FileMark | None = None
        self.content_hash = ""

    def look(self) -> FileMark:
        """Notes how it looks now; from here on it is to stay so."""
        self.mark = FileMark.of(check_file(self._path, self._root))
        return self.mark

    def is_what(self, probed: Probed, on_bytes: Callable[[int, int], None]) -> bool:
        """True if the file is the one that was probed: it looks so, or its content is the same."""
        mark = self.look()
        is_same = mark == probed.mark or (
            mark.size_bytes == probed.mark.size_bytes
            and content_hash(self._path, on_bytes) == probed.probe.content_hash
        )
        self.content_hash = probed.probe.content_hash if is_same else ""
        return is_same

    @contextmanager
    def read(self) -> Iterator[None]:
        """For a block that reads the file. Raises TransientError (`file_changed`) where it was
        changed meanwhile, whatever the block made of it."""
        try:
            yield
        except (PermanentError, TransientError) as error:
            # What looks like a broken file may be two files, one after the other.
            if not self._is_unchanged():
                raise self._changed() from error
            raise
        self.check()

    def check(self) -> None:
        """Raises TransientError (`file_changed`) where it is another one by now: no more of it need
        be heard, or paid for."""
        if self.mark is not None and not self._is_unchanged():
            raise self._changed()

    def beside(self) -> str:
        """The look of the subtitles beside it now, in one word; empty where there are none."""
        look = look_of(find_sidecars(self._path, self._root))
        return hashlib.sha256(look.encode()).hexdigest()[:16] if look else ""

    def check_beside(self, before: str) -> None:
        """Raises TransientError (`file_changed`) where the subtitles beside it are others now."""
        if self.beside() != before:
            raise self._changed("the subtitles of ")

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The file, for handing on its bytes as they are. A read raises TransientError
        (`file_changed`) from when on they are those of another one."""
        with opened(self._path, self._root) as file:
            yield cast("BinaryIO", _Steady(file, self.mark, self._changed))

    def _is_unchanged(self) -> bool:
        before, self.mark = self.mark, FileMark.of(check_file(self._path, self._root))
        if self.mark == before:
            return True
        # It was perhaps only touched: the hash tells, unless the file goes on changing.
        is_same = bool(self.content_hash) and content_hash(self._path) == self.content_hash
        return is_same and self.mark == FileMark.of(check_file(self._path, self._root))

    def _changed(self, what: str = "") -> TransientError:
        was = "were" if what else "was"
        return TransientError(
            f"{what}{display(self._path.name)} {was} changed while it was read",
            hint="once nobody writes it any more, submit it again",
            code=CHANGED,
        )


class _Steady(io.RawIOBase):
    """A file that is read for as long as it looks as it did."""

    def __init__(
        self, file: BinaryIO, mark: FileMark | None, changed: Callable[[], Exception]
    ) -> None:
        self._file = file
        self._mark = mark or FileMark.of(os.fstat(file.fileno()))
        self._changed = changed

    def read(self, size: int = -1) -> bytes:
        """Reads as the file does. Raises what `changed` makes."""
        found = self._file.read(size)
        if FileMark.of(os.fstat(self._file.fileno())) != self._mark:
            raise self._changed()
        return found

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Seeks as the file does."""
        return self._file.seek(offset, whence)

    def fileno(self) -> int:
        """Gives the descriptor as the file does."""
        return self._file.fileno()
