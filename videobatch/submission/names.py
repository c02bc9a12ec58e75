"""The names of documents' files, by a pattern: safe on any disk, and of one batch each once."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import PurePosixPath

from videobatch.errors import SettingsError
from videobatch.paths import display
from videobatch.pipeline.options import BY_TEMPLATE

FIELDS = ("title", "template", "folder", "batch")
# File systems take 255 bytes; a part of a name and the suffix of what is not whole yet go behind.
MOST_BYTES = 200
# What other systems forbid in names, and Obsidian in names that are linked to.
_FORBIDDEN = re.compile(r'[\\/:*?"<>|#^\[\]\x00-\x1f\x7f]+')
# The devices of Windows, with any suffix.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def check_pattern(pattern: str) -> None:
    """Raises SettingsError for a pattern that names no file, or two documents alike."""
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError as error:
        raise _wrong(pattern, f"cannot be read ({error})") from error
    fields = [field for _, field, _, _ in parts if field is not None]
    unknown = [field for field in fields if field not in FIELDS]
    if unknown:
        raise _wrong(pattern, f"has no field {{{unknown[0]}}}")
    if any(form or conversion for _, _, form, conversion in parts):
        raise _wrong(pattern, "may hold fields and text alone")
    if "template" not in fields:
        raise _wrong(pattern, "lacks {template}: two documents of a video would have one name")
    text = "".join(text for text, _, _, _ in parts)
    if _FORBIDDEN.search(text):
        raise _wrong(pattern, "holds a character that is no part of a file's name everywhere")
    if len(text.encode(errors="replace")) > MOST_BYTES // 2:
        raise _wrong(pattern, "is too long")


def _wrong(pattern: str, why: str) -> SettingsError:
    fields = ", ".join(f"{{{field}}}" for field in FIELDS)
    return SettingsError(
        f"the pattern for names {display(pattern)!r} {why}",
        hint=f"its fields are {fields}, as in --name-pattern '{{title}} – {{template}}'",
        code="name_pattern",
    )


def document_name(pattern: str, name: str, title: str, template: str, batch: str) -> str:
    """The name of a document's file without its suffix: the pattern, filled in. `name` is the
    video's path in the batch, `title` comes from `titles`."""
    if pattern == BY_TEMPLATE:
        return template
    folder = PurePosixPath(name).parent.name
    filled = pattern.format(title=title, template=template, folder=folder, batch=batch)
    return _safe(filled)


def titles(names: Sequence[str]) -> list[str]:
    """A title for each video, of one batch each once, whatever their order: the file's name without
    its suffix; where others have that, too, with it; else with the folders; else with a hash."""
    found = [_stem(name) for name in names]
    fuller: tuple[Callable[[str], str], ...] = (_file, _path, _hashed)
    for make in fuller:
        times = Counter(map(_key, found))
        if len(times) == len(found):
            break
        found = [
            title if times[_key(title)] == 1 else make(name)
            for title, name in zip(found, names, strict=True)
        ]
    return found


def _stem(name: str) -> str:
    return _clean(PurePosixPath(name).stem)


def _file(name: str) -> str:
    return _clean(PurePosixPath(name).name)


def _path(name: str) -> str:
    return _clean(" - ".join(PurePosixPath(name).parts))


def _hashed(name: str) -> str:
    digest = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{_stem(name)} {digest}"


def _key(title: str) -> str:
    """Equal for names that some file systems take for one."""
    return unicodedata.normalize("NFKC", title).casefold()


def _clean(text: str) -> str:
    shown = unicodedata.normalize("NFC", display(text))
    return " ".join(_FORBIDDEN.sub("-", shown).split()).strip(". ") or "video"


def _safe(filled: str) -> str:
    """The name; of one that is too long the beginning, and a hash of the whole."""
    name = _clean(filled)
    if len(name.encode()) > MOST_BYTES:
        cut = name.encode()[: MOST_BYTES - 9].decode(errors="ignore").rstrip(". ")
        name = f"{cut} {sha256(name.encode()).hexdigest()[:8]}"
    return f"_{name}" if _DEVICES.fullmatch(name) else name
