"""Words cut to cues: at the ends of sentences, else of clauses, else where a pause is.

The cheapest of all ways to cut is taken (a shortest path from word to word). What a cue costs is
told by the table of prices; what the rules forbid has none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from videobatch.pipeline.text.sentences import CJK, stop_words
from videobatch.pipeline.words.cues.atoms import Atom
from videobatch.pipeline.words.cues.rules import (
    GAP_MS,
    LEAST_MS,
    LINES,
    LINGER_MS,
    MOST_MS,
    PAUSE_S,
    SILENCE_S,
    extent,
    line_limit,
    reading_ms,
)

# What may close a sentence and stands behind its end.
CLOSING = "'\"”’)\\]」』》"
SENTENCE_END = re.compile(rf"[.!?…。！？][{CLOSING}]*$")
CLAUSE_END = re.compile(rf"[,;:，、；：—–][{CLOSING}]*$")
# Full stops that end no sentence.
ABBREVIATION = re.compile(r"^(Mr|Mrs|Ms|Dr|Prof|St|vs|etc|[Ff]ig|e\.g|i\.e|[A-HJ-Z])\.$")

# Prices. A cut after: a sentence, a clause, a pause, any word; more where small words are torn off.
CUE, CLAUSE, PAUSE, ANYWHERE, TORN = 2.0, 3.0, 4.0, 8.0, 3.0
# A sentence that ends inside of a cue; a cue that is too short, or too fast, by all of its measure;
# one that is almost empty, beside full ones.
INSIDE, SHORT, FAST, EMPTY = 4.0, 12.0, 12.0, 2.0
# Chinese particles, which belong to the character before them.
PARTICLES = frozenset("的了着过吗呢吧啊们得地")


def cut(atoms: Sequence[Atom]) -> Iterator[Sequence[Atom]]:
    """The words of one voice as cues, each of which fits on its lines and into its time. Where no
    sentence is marked in all of it, its pauses are taken for their ends."""
    is_marked = any(_is_sentence_end(atom.text) for atom in atoms)
    for run in _runs(atoms):
        yield from _Run(run, is_marked=is_marked).cues()


def fits(atoms: Sequence[Atom]) -> bool:
    """True if the words are one cue, as they are."""
    return _Run(atoms, is_marked=True).fits(0, len(atoms) - 1)


def _runs(atoms: Iterable[Atom]) -> Iterator[list[Atom]]:
    """The atoms between silences, which no cue bridges."""
    run: list[Atom] = []
    for atom in atoms:
        if run and atom.start_s - run[-1].end_s >= SILENCE_S:
            yield run
            run = []
        run.append(atom)
    if run:
        yield run


class _Run:
    """Words that follow each other closely, with what any cut of them costs."""

    def __init__(self, atoms: Sequence[Atom], *, is_marked: bool) -> None:
        self.atoms = atoms
        # Sums up to each atom: characters and half-width characters, glue included; wide ones.
        self.chars, self.halves = [0], [0]
        for atom in atoms:
            size, _ = extent(atom.text)
            self.chars.append(self.chars[-1] + len(atom.glue) + len(atom.text))
            self.halves.append(self.halves[-1] + len(atom.glue) + size)
        pause = PAUSE if is_marked else 0.0
        self.after = [_price_after(atoms, place, pause) for place in range(len(atoms))]
        self.ends = [0]
        for price in self.after:
            self.ends.append(self.ends[-1] + (price == 0.0))

    def cues(self) -> Iterator[Sequence[Atom]]:
        """The run in the cheapest cues."""
        count = len(self.atoms)
        best = [0.0, *[float("inf")] * count]
        came_from = [0] * (count + 1)
        for first in range(count):
            for last in range(first, count):
                if last > first and not self.fits(first, last):
                    break
                price = best[first] + self._price(first, last)
                if price < best[last + 1]:
                    best[last + 1], came_from[last + 1] = price, first
        cuts = [count]
        while cuts[-1]:
            cuts.append(came_from[cuts[-1]])
        for begin, end in pairwise(reversed(cuts)):
            yield self.atoms[begin:end]

    def _size(self, first: int, last: int) -> tuple[int, bool]:
        glue = len(self.atoms[first].glue)
        chars = self.chars[last + 1] - self.chars[first] - glue
        halves = self.halves[last + 1] - self.halves[first] - glue
        return (halves, True) if halves > chars else (chars, False)

    def fits(self, first: int, last: int) -> bool:
        """True if the words fit on two lines, and are said within the most that a cue lasts."""
        if self.atoms[last].end_s - self.atoms[first].start_s > MOST_MS / 1000:
            return False
        size, is_wide = self._size(first, last)
        limit = line_limit(is_wide)
        if size <= limit:
            return True
        sums = self.halves if is_wide else self.chars
        most = sums[first] + len(self.atoms[first].glue) + limit
        # The first word of the second line, if the first line is as full as it can be.
        second = bisect_right(sums, most) - 1
        return sums[last + 1] - sums[second] - len(self.atoms[second].glue) <= limit

    def _price(self, first: int, last: int) -> float:
        size, is_wide = self._size(first, last)
        start_s = self.atoms[first].start_s
        until_ms = (self.atoms[last].end_s - start_s) * 1000 + LINGER_MS
        price = CUE + EMPTY * (1 - min(1.0, size / (LINES * line_limit(is_wide)))) ** 2
        price += INSIDE * (self.ends[last] - self.ends[first])
        if last + 1 < len(self.atoms):
            room_ms = (self.atoms[last + 1].start_s - start_s) * 1000 - GAP_MS
            until_ms = min(until_ms, room_ms)
            price += self.after[last] + SHORT * max(0.0, 1 - room_ms / LEAST_MS)
        return price + FAST * max(0.0, 1 - until_ms / reading_ms(size, is_wide))


def _is_sentence_end(text: str) -> bool:
    return bool(SENTENCE_END.search(text)) and not ABBREVIATION.match(text)


def _price_after(atoms: Sequence[Atom], place: int, pause: float) -> float:
    """The price of a cut behind this word; none behind a sentence, and `pause` in a pause."""
    atom = atoms[place]
    if atom.leads:
        return float("inf")
    if _is_sentence_end(atom.text):
        return 0.0
    if place + 1 == len(atoms):
        return ANYWHERE
    then = atoms[place + 1]
    if CLAUSE_END.search(atom.text) or (then.glue and _is_han(atom.text, then.text)):
        return CLAUSE
    if then.start_s - atom.end_s >= PAUSE_S:
        return pause
    return ANYWHERE + TORN * torn(atom, then)


def _is_han(before: str, after: str) -> bool:
    """True for Chinese and Japanese, where a space stands for a pause."""
    return bool(CJK.match(before[-1]) and CJK.match(after[0]))


def torn(before: Atom, after: Atom) -> float:
    """The harm of a break between the two words, from -0.5 to 1: a small word (the, of) belongs to
    what follows it, a particle and the rest of a word to what it follows."""
    if not after.glue:
        return float(after.inside or after.text[0] in PARTICLES)
    small = stop_words()
    return (before.text.lower() in small) - 0.5 * (after.text.lower() in small)
