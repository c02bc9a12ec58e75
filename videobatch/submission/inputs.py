"""The inputs of a submit: the videos below folders, single files, or the lines of a list."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from videobatch.errors import InputError, SettingsError, VideobatchError
from videobatch.media.container.formats import MEDIA_SUFFIXES, OTHER_SUFFIXES
from videobatch.media.container.sniffing import is_media
from videobatch.media.container.source import check_file, opened
from videobatch.paths import display, natural
from videobatch.records import ErrorRecord
from videobatch.submission.list_file import listed_in

# Linux takes no path of more bytes than this, with the NUL at its end.
PATH_MAX_BYTES = 4096
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class InputFile:
    """One input. `name` is its path in the output, as the file system spells it; `root` the
    folder that it must not lead out of. With an `error` it cannot be worked on."""

    name: str
    path: Path
    root: Path
    size_bytes: int = 0
    mtime_ns: int = 0
    error: ErrorRecord | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A thing that was named, or lies below a named folder, and could not be looked into. `name` is
    safe to show. It is no video, so the ledger does not know it."""

    name: str
    error: ErrorRecord


_LINKED = InputError(
    "a link to a folder",
    hint="submit the folder that it leads to",
    code="linked_folder",
).record()
_UNNAMED = InputError(
    "it holds video or sound, and its name does not say so",
    hint="name it on the command line, or give it a suffix such as .mp4",
    code="unknown_suffix",
).record()


@dataclass(frozen=True, slots=True)
class Inputs:
    """All inputs of one submit, and what was passed over on the way.

    `name`, `linked_folders` and `unnamed_media` are as the file system spells them: `display` them.
    `unnamed_media` are files of the searched folders that hold video or sound under a name which
    does not say so; they are among the `other_files`, which are passed over.
    """

    name: str
    root: Path
    found: tuple[InputFile, ...]
    other_files: int = 0
    linked_folders: tuple[str, ...] = ()
    unnamed_media: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def passed_over(self) -> tuple[Problem, ...]:
        """Things that a person may have meant and will get no document of, each with its reason."""
        return (
            *(Problem(display(name), _LINKED) for name in self.linked_folders),
            *(Problem(display(name), _UNNAMED) for name in self.unnamed_media),
            *self.problems,
        )


def about_unnamed(inputs: Inputs) -> Iterator[str]:
    """Lines about the files whose names do not say that they hold video or sound."""
    names = [display(name) for name in inputs.unnamed_media]
    if names:
        what = "files hold" if len(names) > 1 else "file holds"
        yield (
            f"passed over, {len(names)} {what} video or sound under a name that does not say so; "
            "name them on the command line, or give them a suffix such as .mp4:"
        )
        yield from (f"  {name}" for name in names[:_MOST_NAMED])
    if len(names) > _MOST_NAMED:
        yield f"  and {len(names) - _MOST_NAMED} more"


def collect(paths: Sequence[Path], list_file: Path | None, exclude: Sequence[Path]) -> Inputs:
    """The inputs that `paths` and the lines of `list_file` name.

    A folder is searched with everything below it, but for hidden entries, links to folders and
    the folders in `exclude`; in it, a media suffix makes an input. A file that is named is one
    whatever it is called. Raises SettingsError if one of `paths` is not there, if nothing was
    named, or if there is nothing but problems.
    """
    listed = listed_in(list_file) if list_file is not None else []
    if not paths and not listed:
        raise SettingsError(
            "there is nothing to submit", hint="name a folder, files, or a list with --list"
        )
    for path in paths:
        if (error := _absence(path)) is not None:
            raise SettingsError(error.message, hint=error.hint)
    absent = [(path, _absence(path)) for path in listed]
    chosen = [*paths, *(path for path, error in absent if error is None)]
    problems = [Problem(display(path), error) for path, error in absent if error is not None]
    inputs = _search(list(dict.fromkeys(map(_placed, chosen))), exclude, problems)
    if inputs.problems and not inputs.found:
        first = inputs.problems[0].error
        raise SettingsError(f"there is nothing to submit: {first.message}", hint=first.hint)
    return inputs


def _absence(path: Path) -> ErrorRecord | None:
    """The reason why the path cannot be an input; None where there is something under it."""
    try:
        os.lstat(path)
    except PermissionError:
        return InputError(
            f"{_quoted(path)} may not be looked at: permission denied",
            hint="check the permissions of the folders above it",
            code="unreadable",
        ).record()
    except (OSError, ValueError):
        return InputError(
            f"there is no {_quoted(path)}", hint="check the spelling", code="missing"
        ).record()
    return None


def _placed(path: Path) -> Path:
    """The path by which an input is known: links of its folders followed, but not its own, so
    that a link has the name under which it was named."""
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a folder may not be read
        return Path(os.path.realpath(path))
    return Path(os.path.realpath(path.parent)) / path.name


def _search(chosen: Sequence[Path], exclude: Sequence[Path], problems: list[Problem]) -> Inputs:
    is_folder = {path: os.path.isdir(path) for path in chosen}  # noqa: PTH112
    bases = [path if is_folder[path] else path.parent for path in chosen]
    root = Path(os.path.commonpath(bases)) if bases else Path("/")
    search = _Search(root, {os.path.realpath(path) for path in exclude}, problems)
    for path in chosen:
        if is_folder[path]:
            search.add_folder(path)
        else:
            search.add_file(path)
    return Inputs(
        root.name or "root",
        root,
        tuple(search.found.values()),
        search.other_files,
        tuple(search.linked),
        tuple(search.unnamed),
        tuple(search.problems),
    )


@dataclass(slots=True)
class _Search:
    """The finds so far below `root`, each once; `skip` are folders not to enter."""

    root: Path
    skip: set[str]
    problems: list[Problem]
    found: dict[str, InputFile] = field(default_factory=dict)
    other_files: int = 0
    linked: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    def add_file(self, path: Path) -> None:
        """A person who names a link means the file behind it, wherever that is."""
        real = Path(os.path.realpath(path))
        name = self._name(os.fspath(path))
        if name not in self.found:
            self.found[name] = _inspect(path, real, real.parent, name)

    def add_folder(self, folder: Path) -> None:
        """In a folder, links must not lead out of it."""
        for entry in self._walk(os.fspath(folder)):
            name = self._name(entry.path)
            if name in self.found:
                continue
            suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122
            if suffix in MEDIA_SUFFIXES:
                path = Path(entry.path)
                self.found[name] = _inspect(path, path, folder, name)
            else:
                self.other_files += 1
                if suffix not in OTHER_SUFFIXES and _holds_media(Path(entry.path), folder):
                    self.unnamed.append(name)

    def _name(self, path: str) -> str:
        return path[len(os.fspath(self.root)) :].lstrip("/")

    def _walk(self, top: str) -> Iterator[os.DirEntry[str]]:
        """Entries that are no folders, in natural order: those of a folder, then those below
        it. Follows no link."""
        waiting = [top]
        while waiting:
            below = []
            for entry in self._entries(waiting.pop()):
                if entry.name.startswith("."):
                    continue
                if _is_folder(entry, follow_symlinks=False):
                    if entry.path not in self.skip:
                        below.append(entry.path)
                elif entry.is_symlink() and _is_folder(entry, follow_symlinks=True):
                    self.linked.append(self._name(entry.path))
                else:
                    yield entry
            waiting.extend(reversed(below))

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """A folder's entries; one that cannot be read is a problem, and stops nothing."""
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: natural(entry.name))
        except OSError as error:
            reason = InputError(
                f"the folder {_quoted(folder)} cannot be read: {error.strerror}",
                hint="check its permissions, then submit again",
                code="unreadable",
            )
            name = self._name(folder) or os.path.basename(folder)  # noqa: PTH119
            self.problems.append(Problem(display(name), reason.record()))
            return []


def _is_folder(entry: os.DirEntry[str], *, follow_symlinks: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=follow_symlinks)
    except OSError:  # A loop of links, or a link into a folder that may not be entered.
        return False


def _inspect(path: Path, source: Path, root: Path, name: str) -> InputFile:
    """The input, looked at under the name `path` that a person knows; `source` is what is read."""
    try:
        if len(os.fsencode(path)) >= PATH_MAX_BYTES:
            raise InputError(
                f"{display(path.name)} lies so deep that its path is too long",
                hint=f"move it up: a path has less than {PATH_MAX_BYTES} bytes",
                code="path_too_long",
            )
        status = check_file(path, root)
    except VideobatchError as error:
        return InputFile(name, source, root, error=error.record())
    return InputFile(name, source, root, status.st_size, status.st_mtime_ns)


def _holds_media(path: Path, root: Path) -> bool:
    """True if the file's first bytes are those of video or sound."""
    try:
        with opened(path, root) as file:
            return is_media(file.fileno())
    except (OSError, VideobatchError):
        return False


def _quoted(path: str | os.PathLike[str]) -> str:
    return f"'{display(path)}'"
