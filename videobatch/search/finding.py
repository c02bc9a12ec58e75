"""The search itself: passages by their rank, and one hit for each moment."""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from videobatch.search.moments import moment
from videobatch.search.query import Query
from videobatch.search.records import ORDER, Filters, Found, Hit, Kind, marks_of

# Of more passages than this none is told from the others by its words, and to rank them takes
# longer than a person waits: the latest come first.
MOST_RANKED = 10_000
# What is said at nearly the same second in nearly the same words is one moment (s).
NEAR_S = 10.0
# A passage that says again what is shown already takes no place; so many are looked at for each.
MOST_LOOKED = 40
_LAST = 2**63 - 1
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
_RANKED = "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rank"
_LATEST = (
    "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC"
)
_PASSAGE = """
SELECT v.batch, v.course, v.video, v.title, v.path, v.media, v.dated_s, p.kind, p.source, p.text,
       p.marks
FROM passages AS p JOIN videos AS v ON v.id = p.video WHERE p.id = ?
"""
_VIDEOS = """
SELECT first, speech, slides, documents FROM videos
WHERE substr(batch, 1, length(:batch)) = :batch
  AND (:course = '' OR instr('/' || course || '/', '/' || :course || '/') > 0)
  AND dated_s >= :since_s AND dated_s < :until_s
ORDER BY first
"""


def find(index: sqlite3.Connection, query: Query, filters: Filters, limit: int) -> Found:
    """The `limit` best moments. Raises sqlite3.DatabaseError where the index is damaged."""
    expression = query.expression
    (count,) = index.execute(_COUNT, (expression, MOST_RANKED + 1)).fetchone()
    is_ranked = count <= MOST_RANKED
    hits: list[_Kept] = []
    for looked, passage in enumerate(_passages(index, expression, filters, is_ranked=is_ranked)):
        if looked == limit * MOST_LOOKED:
            return _found(hits, has_more=True, is_ranked=is_ranked)
        kept = _kept(index.execute(_PASSAGE, (passage,)).fetchone(), query)
        again = next((each for each in hits if each.says(kept)), None)
        if again is not None:
            again.also.add(kept.hit.kind)
        elif len(hits) == limit:
            return _found(hits, has_more=True, is_ranked=is_ranked)
        else:
            hits.append(kept)
    found = _found(hits, has_more=False, is_ranked=is_ranked)
    return found if hits else replace(found, alone=tuple(_alone(index, query)))


def _alone(index: sqlite3.Connection, query: Query) -> Iterator[tuple[str, int]]:
    for term in query.wanted:
        rows = index.execute("SELECT count(*) FROM words WHERE words MATCH ?", (term.expression,))
        yield term.typed, rows.fetchone()[0]


def _passages(
    index: sqlite3.Connection, expression: str, filters: Filters, *, is_ranked: bool
) -> Iterator[int]:
    """The passages in order. To join each with its video first would take most of the time where
    a word is frequent and a filter narrow."""
    bounds = None if filters == Filters() else _bounds(index, filters)
    if bounds == []:
        return
    first, last = (bounds[0][0], bounds[-1][1] - 1) if bounds else (0, _LAST)
    statement = _RANKED if is_ranked else _LATEST
    rows = index.execute(statement, (expression, first, last))
    if bounds is None:
        yield from (passage for (passage,) in rows)
        return
    is_allowed = bytearray(last + 1 - first)
    for begin, end in bounds:
        is_allowed[begin - first : end - first] = b"\1" * (end - begin)
    yield from (passage for (passage,) in rows if is_allowed[passage - first])


def _bounds(index: sqlite3.Connection, filters: Filters) -> list[tuple[int, int]]:
    """The numbers of the passages that may be shown, from and to, in order: those of a video follow
    each other, its speech first, then slides and documents."""
    values = {
        "batch": filters.batch,
        "course": filters.course.strip("/"),
        "since_s": -math.inf if filters.since_s is None else filters.since_s,
        "until_s": math.inf if filters.until_s is None else filters.until_s,
    }
    bounds = []
    for start, *counts in index.execute(_VIDEOS, values):
        begin = start
        for kind, count in zip(ORDER, counts, strict=True):
            if count and (not filters.kinds or kind in filters.kinds):
                bounds.append((begin, begin + count))
            begin += count
    return bounds


def _found(hits: list[_Kept], *, has_more: bool, is_ranked: bool) -> Found:
    return Found(tuple(each.told for each in hits), has_more, is_ranked)


@dataclass(slots=True)
class _Kept:
    """A hit that is shown, and in what other kinds of text its moment was found."""

    hit: Hit
    words: str
    also: set[Kind] = field(default_factory=set)

    def says(self, other: _Kept) -> bool:
        """True where the other one is the same moment: of the same video, at nearly the same
        second, one sentence within the other. A slide's line is the same however often it is
        shown."""
        one, two = self.hit, other.hit
        if one.folder != two.folder or not (self.words in other.words or other.words in self.words):
            return False
        if one.at_s is None or two.at_s is None or one.kind is two.kind is Kind.SLIDE:
            return True
        return abs(one.at_s - two.at_s) <= NEAR_S

    @property
    def told(self) -> Hit:
        also = sorted(self.also - {self.hit.kind}, key=list(Kind).index)
        return replace(self.hit, also=tuple(also))


def _kept(row: Sequence[Any], query: Query) -> _Kept:
    batch, course, video, title, path, media, dated_s, kind, source, text, marks = row
    found = moment(text, marks_of(marks), query.wanted)
    hit = Hit(
        batch=batch,
        course=course,
        video=video,
        title=title,
        kind=Kind(kind),
        also=(),
        at_s=found.at_s,
        text=found.text,
        marks=found.marks,
        folder=os.fsdecode(path),
        source=source,
        media=media,
        dated_s=dated_s,
    )
    # Spaces at both ends: whole words alone are within others.
    return _Kept(hit, f" {' '.join(found.words)} ")
