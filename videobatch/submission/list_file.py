"""A list of inputs in a text file, as `find` or a person writes it."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable
from pathlib import Path

from videobatch.errors import SettingsError
from videobatch.paths import display


def listed_in(list_file: Path) -> list[Path]:
    """The paths of a list: one a line, relative to the list's folder; `#` starts a comment.

    A list with NUL bytes (`find -print0`) is cut at these alone and has no comments. What a pipe
    gives is relative to the present folder.
    """
    try:
        raw = list_file.read_bytes()
        is_stored = list_file.is_file() and not os.fspath(list_file).startswith(("/dev/", "/proc/"))
    except OSError as error:
        raise SettingsError(
            f"the list '{display(list_file)}' cannot be read: {error.strerror}",
            hint="it is a text file with one path a line",
        ) from error
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SettingsError(
            f"the list '{display(list_file)}' is written in UTF-16", hint="save it as UTF-8"
        )
    folder = list_file.parent if is_stored else Path()
    names = _split(raw.removeprefix(codecs.BOM_UTF8))
    return [folder / os.fsdecode(name) for name in names if name.strip()]


def _split(raw: bytes) -> Iterable[bytes]:
    if b"\0" in raw:
        return raw.split(b"\0")
    lines = (line.rstrip(b"\r") for line in raw.split(b"\n"))
    return (line for line in lines if not line.startswith(b"#"))
