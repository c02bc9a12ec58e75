"""The folders of videos below an output folder, and whether what they hold has changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

# As `media.files.atomic` has it, which loads what only a writer needs.
MANIFEST = "manifest.json"
# What is below a video's folder is its own; so deep a tree of courses nobody has.
MOST_DEEP = 40


@dataclass(slots=True)
class Walk:
    """A walk over an output folder. `unreadable` are the folders that could not be looked into,
    below the root ("": the root itself): nothing is known of what is in them."""

    root: str
    unreadable: list[str] = field(default_factory=list)

    def videos(self) -> Iterator[str]:
        """The folders with a manifest, by their paths below the root. No link is followed, and
        nothing whose name begins with a dot is looked at."""
        yield from self._below("", 0)

    def _below(self, folder: str, depth: int) -> Iterator[str]:
        try:
            with os.scandir(os.path.join(self.root, folder)) as found:  # noqa: PTH118 - 10,000 times
                inner = sorted(
                    each.name
                    for each in found
                    if each.name[0] != "." and each.is_dir(follow_symlinks=False)
                )
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError:
            self.unreadable.append(folder)
            return
        for name in inner:
            path = f"{folder}/{name}" if folder else name
            if _status(f"{self.root}/{path}/{MANIFEST}"):
                yield path
            elif depth < MOST_DEEP:
                yield from self._below(path, depth + 1)

    def hides(self, folder: str) -> bool:
        """True where the folder may be there unseen."""
        return any(not each or f"{folder}/".startswith(f"{each}/") for each in self.unreadable)


def stamp(folder: str, names: Sequence[str]) -> str:
    """The state of these files in the folder: another one where any was written, replaced, made or
    removed."""
    return "|".join(_status(f"{folder}/{name}") for name in names)


def _status(path: str) -> str:
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return ""
    return f"{found.st_mtime_ns}.{found.st_size}.{found.st_ino}"
