"""The nearness of two words: by their letters, and by how they sound in English."""

from __future__ import annotations

import re
from collections.abc import Sequence

# In order. What English speakers and recognisers mix up gets one letter: voiced and voiceless
# stops, the hissing sounds (a rough form of L. Philips, "Hanging on the Metaphone", 1990).
_SOUNDS = (
    (r"^(?:kn|gn|pn)", "n"),
    (r"^wr", "r"),
    (r"^ps", "s"),
    (r"^x", "s"),
    (r"ph|v", "f"),
    (r"gh(?=t)", ""),
    (r"sch|sh|th|z|c(?=[eiy])", "s"),
    (r"ch|ck|c|q|g", "k"),
    (r"x", "ks"),
    (r"d", "t"),
    (r"b", "p"),
    (r"^[aeiouy]+", "A"),
    (r"[aeiouyhw]", ""),
    (r"(.)\1+", r"\1"),
)
_SHAPES = tuple((re.compile(pattern), sound) for pattern, sound in _SOUNDS)


def edit_distance(one: Sequence[str], other: Sequence[str]) -> int:
    """The fewest letters, or words of a list, to put in, take out or replace (V. Levenshtein,
    1966). Takes the product of the lengths."""
    row = list(range(len(other) + 1))
    for at, mine in enumerate(one, 1):
        corner, row[0] = row[0], at
        for column, theirs in enumerate(other, 1):
            changed = corner + (mine != theirs)
            corner = row[column]
            row[column] = min(row[column] + 1, row[column - 1] + 1, changed)
    return row[-1]


def sound_key(word: str) -> str:
    """The consonants of a word of Latin letters as they sound, equal for what sounds alike."""
    key = word.lower()
    for shape, sound in _SHAPES:
        key = shape.sub(sound, key)
    return key
