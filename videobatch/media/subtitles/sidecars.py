"""Subtitle files that lie beside a video, or in a folder of subtitles beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from videobatch.languages import primary
from videobatch.media.container.formats import MEDIA_SUFFIXES
from videobatch.media.subtitles.naming import (
    SUBTITLE_SUFFIXES,
    Label,
    Mark,
    bases,
    boundaries,
    label_alone,
    label_of,
    spelled,
)
from videobatch.paths import display, inside

# Folders beside videos that hold their subtitles, by name or in a folder for each video.
SUBTITLE_FOLDERS = frozenset(
    {"sub", "subs", "subtitle", "subtitles", "caption", "captions", "srt", "vtt", "字幕"}
)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A subtitle file of a video. `name` is its path from the video's folder, for display."""

    path: Path
    name: str
    label: Label
    order: tuple[int, ...] = ()

    @property
    def language(self) -> str | None:
        return self.label.languages[0] if self.label.languages else None

    @property
    def is_forced(self) -> bool:
        return Mark.FORCED in self.label.marks


@dataclass
class Listing:
    """The names in a folder, looked up once for all of its videos."""

    folder: Path
    subtitles: tuple[str, ...] = ()
    videos: tuple[str, ...] = ()
    folders: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def bases(self) -> frozenset[str]:
        """The names that subtitle files of this folder's videos may begin with."""
        return frozenset(base for video in self.videos for base in bases(video))

    @cached_property
    def by_name(self) -> tuple[tuple[str, str], ...]:
        """The subtitle files, each behind its name as it is compared, in order."""
        return tuple(sorted((spelled(name), name) for name in self.subtitles))

    @cached_property
    def below(self) -> dict[str, Listing]:
        """The folders below that were looked into."""
        return {}

    def inner(self, name: str) -> Listing | None:
        """The folder of that name (as `spelled`) in this one, or None."""
        if name not in self.folders:
            return None
        if name not in self.below:
            self.below[name] = listing(self.folder / self.folders[name])
        return self.below[name]


def listing(folder: Path) -> Listing:
    """The names in the folder; none if it cannot be read."""
    subtitles: list[str] = []
    videos: list[str] = []
    folders: dict[str, str] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122
                if suffix in SUBTITLE_SUFFIXES:
                    subtitles.append(entry.name)
                elif suffix in MEDIA_SUFFIXES:
                    videos.append(entry.name)
                elif entry.is_dir():
                    folders[spelled(entry.name)] = entry.name
    except OSError:
        return Listing(folder)
    return Listing(folder, tuple(subtitles), tuple(videos), folders)


def find_sidecars(
    path: Path,
    root: Path,
    wanted: Sequence[str] = (),
    spoken: str | None = None,
    known: Listing | None = None,
) -> tuple[Sidecar, ...]:
    """The video's subtitle files, the one to be taken first. Links out of `root` and what is no
    file are passed over. `wanted` are languages, the most wanted first, `spoken` that of the
    sound, if it is known; `known` is the listing of the video's folder where there is one.

    A file belongs to the video with the longest name that it begins with. Before others come: no
    commentary and not forced; a wanted language; none in the name, or that of the sound; no copy,
    neither automatic nor for the hard of hearing; one that names the video with its suffix; `.srt`.
    """
    here = known or listing(path.parent)
    found = [
        Sidecar(file, display(os.path.relpath(file, path.parent)), label, order)
        for file, label, order in _matching(path, here)
        if file.is_file() and inside(file, root)
    ]
    found.sort(key=lambda each: (*rank(each.label, wanted, spoken), *each.order, each.name))
    once: dict[Path, Sidecar] = {}
    for each in found:
        once.setdefault(each.path, each)
    return tuple(once.values())


def look_of(sidecars: Sequence[Sidecar]) -> str:
    """Names, sizes and times of these files: another text where one of them changed, came or went;
    empty for none."""
    found = ""
    for sidecar in sorted(sidecars, key=lambda each: each.name):
        try:
            status = sidecar.path.stat()
        except OSError:  # It went away in between.
            continue
        found += f" {sidecar.name} {status.st_size} {status.st_mtime_ns}"
    return found


def rank(label: Label, wanted: Sequence[str], spoken: str | None = None) -> tuple[int, ...]:
    """The rank of subtitles by how well they serve: lower is better."""
    marks = label.marks
    scripts = {language[:7] for language in label.languages if language.startswith("zh-Han")}
    other = "zh-Hans" if any(each.startswith("zh-Hant") for each in wanted) else "zh-Hant"
    return (
        *kind_rank(label, wanted),
        _tongue(label, spoken, unnamed=0),
        len(label.languages) > 1 or other in scripts,
        Mark.LOOSE in marks,
        Mark.COPY in marks,
        Mark.AUTO in marks,
        Mark.ORIGINAL in marks,
        Mark.HEARING in marks,
        bool(label.languages),
    )


def kind_rank(label: Label, wanted: Sequence[str]) -> tuple[int, ...]:
    """The part of the rank that files and streams share: what they are, and a wanted language."""
    tongues = [_tongue(label, each, unnamed=1) for each in wanted]
    return (Mark.COMMENTARY in label.marks, Mark.FORCED in label.marks, *tongues)


def _tongue(label: Label, language: str | None, *, unnamed: int) -> int:
    if language is None or not label.languages:
        return unnamed
    return 0 if primary(language) in map(primary, label.languages) else 2


def _matching(path: Path, here: Listing) -> Iterator[tuple[Path, Label, tuple[int, ...]]]:
    own = bases(path.name)
    for name, label, order in _named(own, here, here.bases):
        yield path.with_name(name), label, (0, *order)
    for folder in sorted(SUBTITLE_FOLDERS & here.folders.keys()):
        inner = here.inner(folder)
        if inner is None:
            continue
        for name, label, order in _named(own, inner, here.bases):
            yield inner.folder / name, label, (1, *order)
        if len(here.videos) == 1:
            yield from _loose(inner, 2)
        for base in own:
            if (deeper := inner.inner(base)) is not None:
                yield from _loose(deeper, 3)
    for base in own[1:]:
        if (inner := here.inner(base)) is not None:
            yield from _loose(inner, 4)


def _named(
    own: Sequence[str], here: Listing, others: frozenset[str]
) -> Iterator[tuple[str, Label, tuple[int, ...]]]:
    """The files that begin with the video's name, if with no longer one of another video."""
    seen: set[str] = set()
    for place, base in enumerate(own):
        for key, name in _beginning(here.by_name, base):
            stem, suffix = os.path.splitext(key)  # noqa: PTH122
            label = None if name in seen else label_of(stem[len(base) :])
            if label is None or _is_of_another(stem, base, own, others):
                continue
            seen.add(name)
            yield name, label, (place, SUBTITLE_SUFFIXES.index(suffix))


def _beginning(names: Sequence[tuple[str, str]], base: str) -> Iterator[tuple[str, str]]:
    low, high = 0, len(names)
    while low < high:
        middle = (low + high) // 2
        if names[middle][0] < base:
            low = middle + 1
        else:
            high = middle
    for key, name in names[low:]:
        if not key.startswith(base):
            return
        yield key, name


def _is_of_another(stem: str, base: str, own: Sequence[str], others: frozenset[str]) -> bool:
    return any(
        longer in others and longer not in own and label_of(stem[len(longer) :]) is not None
        for longer in boundaries(stem, len(base))
    )


def _loose(inner: Listing, place: int) -> Iterator[tuple[Path, Label, tuple[int, ...]]]:
    """The files of a folder that is one video's alone: their names need tell no more than the
    language."""
    for key, name in inner.by_name:
        stem, suffix = os.path.splitext(key)  # noqa: PTH122
        label = label_alone(stem)
        if label is not None:
            yield inner.folder / name, label, (place, SUBTITLE_SUFFIXES.index(suffix))
