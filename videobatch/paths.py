"""File names as they travel: as URIs between processes, and as text that a person may see.

A file name on Linux is any bytes but NUL and the slash. Python hands the bytes that are not
UTF-8 over as lone surrogates (`os.fsdecode`), which neither JSON nor a terminal takes.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

SCHEME = "file://"

# Cc control, Cf format (bidi overrides, zero width), Cs lone surrogates, Co private use,
# Cn unassigned, Zl and Zp line and paragraph separators.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Joiners hold emoji and some scripts together, and reorder nothing.
_HARMLESS = frozenset("\u200c\u200d")


def to_uri(path: str | os.PathLike[str]) -> str:
    """The absolute path as a `file:` URI of ASCII characters. Any name comes back unchanged."""
    absolute = os.path.abspath(path)  # noqa: PTH100 - resolves `..` without following links
    return SCHEME + quote_from_bytes(os.fsencode(absolute), safe="/")


def from_uri(uri: str) -> Path:
    """The path that `to_uri` wrote. Raises ValueError if `uri` is not a local `file:` URI."""
    rest = uri.removeprefix(SCHEME)
    if rest == uri or not rest.startswith("/"):
        raise ValueError(f"not a local file URI: {uri!r}")
    raw = unquote_to_bytes(rest)
    if b"\0" in raw:
        raise ValueError(f"not a file name: {uri!r}")
    return Path(os.fsdecode(raw))


def display(name: str | os.PathLike[str]) -> str:
    """The name as one line of plain Unicode: what a terminal or JSON must not get is escaped.

    Control characters (newline, ESC), bidi overrides, unassigned and private characters become
    `\\n`, `\\x1b`, `\\u202e`; bytes that are not UTF-8 become `\\xff`. Other text stays as it is,
    so markup (`[`, `<`, `*`) is left to whoever writes it into a format that has markup.
    """
    return "".join(_visible(character) for character in os.fspath(name))


def _visible(character: str) -> str:
    if character in _HARMLESS or unicodedata.category(character) not in _UNSAFE:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # A byte that os.fsdecode could not decode.
        return f"\\x{code - 0xDC00:02x}"
    return character.encode(
        "unicode_escape" if code < 0xD800 or code > 0xDFFF else "ascii", "backslashreplace"
    ).decode("ascii")


def natural(name: str) -> tuple[list[str | int], str]:
    """A key to sort names by: `lesson 2` before `lesson 10`, and `B` between `a` and `c`."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [int(part) if place % 2 else part for place, part in enumerate(parts)], name


def inside(path: str | os.PathLike[str], root: str | os.PathLike[str]) -> bool:
    """True if `path`, with all links followed, is `root` or below it. Neither need exist."""
    real, real_root = os.path.realpath(path), os.path.realpath(root)
    return os.path.commonpath([real, real_root]) == real_root


@dataclass(frozen=True, slots=True)
class Places:
    """The folders that the ledger names as they are on this machine, and the folders below which
    files may be opened (none: anywhere).

    `here` maps a folder's name in the ledger to its name on this machine; the longest one counts.
    """

    here: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ()

    def to_here(self, uri: str) -> str:
        """The URI of a file in the ledger, as this machine names it."""
        return _renamed(uri, self.here)

    def to_ledger(self, uri: str) -> str:
        """The URI of a file on this machine, as the ledger names it."""
        return _renamed(uri, {here: there for there, here in self.here.items()})

    def allow(self, uri: str) -> bool:
        """True if the file, with all links followed, is below one of the roots. It need not exist;
        what is no local file URI is not allowed."""
        if not self.roots:
            return True
        try:
            path = from_uri(uri)
        except ValueError:
            return False
        return any(inside(path, root) for root in self.roots)


def _renamed(uri: str, names: Mapping[str, str]) -> str:
    for old in sorted(names, key=len, reverse=True):
        before = to_uri(old).rstrip("/")
        if uri == before or uri.startswith(f"{before}/"):
            return to_uri(names[old]).rstrip("/") + uri.removeprefix(before)
    return uri
