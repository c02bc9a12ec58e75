"""The vocabulary of the search: kinds of text, passages, filters, hits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The place where a text stands."""

    SPEECH = "speech"
    DOCUMENT = "document"
    SLIDE = "slide"


# In which the passages of a video are kept.
ORDER = (Kind.SPEECH, Kind.SLIDE, Kind.DOCUMENT)


@dataclass(frozen=True, slots=True)
class Mark:
    """The second (s) of a passage's text from that character on; None where no time is known."""

    offset: int
    at_s: float | None


def marks_text(marks: Iterable[Mark]) -> str:
    """The marks as the index keeps them."""
    return ";".join(f"{m.offset} {'' if m.at_s is None else m.at_s}" for m in marks)


def marks_of(text: str) -> tuple[Mark, ...]:
    """The marks that `marks_text` wrote."""
    pairs = (each.split(" ") for each in text.split(";"))
    return tuple(Mark(int(offset), float(at_s) if at_s else None) for offset, at_s in pairs)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text that is found as one: some 30 s of speech, a line of a document, a slide.
    `marks` has one at offset 0 at least; `source` is the file's name beside the manifest."""

    kind: Kind
    source: str
    text: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """The part of a library that is searched. `batch` is a batch's folder or its beginning,
    `course` a folder below a batch, `since_s` and `until_s` (Unix seconds) bound the date of the
    video's file; no `kinds` are all."""

    batch: str = ""
    course: str = ""
    since_s: float | None = None
    until_s: float | None = None
    kinds: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """A moment that was found: the sentence in `text`, where its words stand in it (`marks`, from
    and to, in characters), and its second in the video (s; None: not known).

    `also` are the other kinds of text that say the same at that moment. `folder` is the video's
    folder below the root, `source` the file in it that was found, `media` the video's address from
    there ("" where no document tells), `dated_s` the date of its file in Unix seconds.
    """

    batch: str
    course: str
    video: str
    title: str
    kind: Kind
    also: tuple[Kind, ...]
    at_s: float | None
    text: str
    marks: tuple[tuple[int, int], ...]
    folder: str
    source: str
    media: str
    dated_s: float


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a search, the best first. `has_more` where there are others; `is_ranked` is
    false where the words stand nearly everywhere, and the latest come first. Where nothing was
    found, `alone` has each word as it was typed, and how many passages of the whole index have
    it."""

    hits: tuple[Hit, ...]
    has_more: bool
    is_ranked: bool
    alone: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Updated:
    """The outcome of bringing an index up to date: videos in it, how many were new or changed, how
    many are gone, and the folders that could not be read. `is_current` is false where another
    process was at it."""

    videos: int
    changed: int = 0
    removed: int = 0
    unreadable: tuple[str, ...] = ()
    is_current: bool = True
