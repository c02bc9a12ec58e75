"""The words of a cue on one line, else on two that are about as long."""

from __future__ import annotations

from collections.abc import Sequence

from videobatch.pipeline.words.cues.atoms import Atom
from videobatch.pipeline.words.cues.cutting import CLAUSE_END, SENTENCE_END, torn
from videobatch.pipeline.words.cues.rules import extent, line_limit

# What a line break is worth, in characters by which the lines may differ: behind a sentence, a
# clause, and between words that belong together.
SENTENCE, CLAUSE, TORN = 30, 14, 12


def joined(atoms: Sequence[Atom]) -> str:
    """The words as they are written on one line."""
    return "".join(atom.glue * (place > 0) + atom.text for place, atom in enumerate(atoms))


def broken(atoms: Sequence[Atom]) -> tuple[str, ...]:
    """The lines of a cue. Two at most, if `cutting` made it."""
    whole = joined(atoms)
    size, is_wide = extent(whole)
    limit = line_limit(is_wide)
    if size <= limit:
        return (whole,)
    best, lines = float("inf"), [whole]
    for place in range(1, len(atoms)):
        first, second = joined(atoms[:place]), joined(atoms[place:])
        sizes = _size(first, is_wide=is_wide), _size(second, is_wide=is_wide)
        if max(sizes) > limit:
            continue
        price = abs(sizes[0] - sizes[1]) + _price(atoms[place - 1], atoms[place])
        if price < best:
            best, lines = price, [first, second]
    return tuple(lines)


def _size(line: str, *, is_wide: bool) -> int:
    return extent(line)[0] if is_wide else len(line)


def _price(before: Atom, after: Atom) -> float:
    if SENTENCE_END.search(before.text):
        return -SENTENCE
    if CLAUSE_END.search(before.text):
        return -CLAUSE
    return TORN * torn(before, after)
