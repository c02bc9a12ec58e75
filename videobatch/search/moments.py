"""The sentence of a passage that answers a query: its second, and the words in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from videobatch.search.folding import Placed, placed
from videobatch.search.passages import sentences
from videobatch.search.query import Term
from videobatch.search.records import Mark

MOST_CHARS = 300
# So much of a long sentence is shown before the first word that was found.
BEFORE_CHARS = 80
CUT = "…"


@dataclass(frozen=True, slots=True)
class Moment:
    """A sentence, its second (s; None: not known), and the places of the words that were found in
    it. `words` are those of the whole sentence as the index has them: equal sentences have equal
    ones."""

    text: str
    at_s: float | None
    marks: tuple[tuple[int, int], ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Match:
    term: int
    begin: int
    end: int


def moment(text: str, marks: Sequence[Mark], terms: Sequence[Term]) -> Moment:
    """The sentence with most of the terms, the first of those."""
    words = list(placed(text))
    matches = list(_matches(words, terms))
    begin, end = _best(text, matches)
    inside = [m for m in matches if begin <= m.begin < end]
    # A phrase may run on into the next sentence.
    end = max([end, *(_sentence_end(text, m.end) for m in inside if m.end > end)])
    own = tuple(word.token for word in words if begin <= word.begin < end)
    first, last = _shown(begin, end, inside)
    shown = text[first:last].strip()
    first += len(text[first:last]) - len(text[first:last].lstrip())
    head, tail = CUT * (first > begin), CUT * (last < end)
    moved = len(head) - first
    places = sorted((m.begin + moved, m.end + moved) for m in inside)
    return Moment(
        text=(head + shown + tail).replace("\n", " "),
        at_s=_second(marks, first),
        marks=tuple(_united(places, len(head), len(head) + len(shown))),
        words=own,
    )


def _united(places: Sequence[tuple[int, int]], first: int, last: int) -> Iterator[tuple[int, int]]:
    """The places between the two bounds, those that touch as one; sorted ones by where they
    begin."""
    begin = end = first
    for one, other in places:
        if one > end:
            if begin < end:
                yield begin, end
            begin = one
        begin, end = max(begin, first), min(max(end, other), last)
    if begin < end:
        yield begin, end


def _matches(words: Sequence[Placed], terms: Sequence[Term]) -> Iterator[_Match]:
    for number, term in enumerate(terms):
        length = len(term.tokens)
        for at in range(len(words) - length + 1):
            if term.begins(words, at):
                yield _Match(number, words[at].begin, words[at + length - 1].end)


def _best(text: str, matches: Sequence[_Match]) -> tuple[int, int]:
    """The bounds of the sentence with most of the terms."""
    best, most, begin = (0, len(text)), -1, 0
    for sentence in _parts(text):
        end = begin + len(sentence)
        count = len({m.term for m in matches if begin <= m.begin < end})
        if count > most:
            best, most = (begin, end), count
        begin = end
    return best


def _parts(text: str) -> Iterator[str]:
    """The sentences, and the lines of a slide."""
    for line in text.splitlines(keepends=True):
        yield from sentences(line)


def _sentence_end(text: str, place: int) -> int:
    end = 0
    for part in _parts(text):
        end += len(part)
        if end >= place:
            break
    return end


def _shown(begin: int, end: int, inside: Sequence[_Match]) -> tuple[int, int]:
    """The bounds of what is shown of a sentence: all of it, or the part with the first word."""
    if end - begin <= MOST_CHARS:
        return begin, end
    at = min((m.begin for m in inside), default=begin)
    first = max(begin, min(at - BEFORE_CHARS, end - MOST_CHARS))
    return first, min(end, first + MOST_CHARS)


def _second(marks: Sequence[Mark], place: int) -> float | None:
    at = bisect_right([mark.offset for mark in marks], place) - 1
    return marks[max(0, at)].at_s
