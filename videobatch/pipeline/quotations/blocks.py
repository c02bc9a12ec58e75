"""Formulas and code, held against what was said and what slides show."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from videobatch.pipeline.blocks.kinds import Kind
from videobatch.pipeline.quotations.names import Said
from videobatch.pipeline.quotations.numerals import is_among, shown
from videobatch.pipeline.quotations.word_lists import words_of

NUMBER = re.compile(r"\d+(?:\.\d+)?")
# A number of a program: no part of a name.
LITERAL = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")
# What is not the program's own: its comments and texts may be in the document's language.
ASIDE = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/|--[^\n]*|\"[^\"\n]*\"|'[^'\n]*'", re.DOTALL)
NAME = re.compile(r"[A-Za-z_]\w*")
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
ITEM = re.compile(r"^\s*(?:[-*+•·–]|\d{1,3}[.)])\s+")
OPENING = re.compile(r"^[A-Z](?=[a-z])")
LEAST_LETTERS, LEAST_SHARE = 3, 0.5
# Everywhere, and said as "a", "none", "is there": they tell nothing.
SMALL = frozenset({0.0, 1.0})
# Exponents are said in words.
POWERS = {2.0: ("square", "squared", "平方"), 3.0: ("cube", "cubed", "立方")}


def objection(kind: Kind, text: str, said: Said, known: frozenset[float]) -> str:
    """The first number of a formula or a program that is not among the known, or the first name of
    a program of which less than half is said or shown; in words, "" for none."""
    plain = unicodedata.normalize("NFKC", text)
    digits = LITERAL if kind is Kind.CODE else NUMBER
    for found in digits.findall(plain):
        value = float(found)
        if value not in SMALL and not is_among(value, known) and not _is_power(value, said):
            return f"{shown(value)} is neither said nor shown there"
    names = list(dict.fromkeys(_names(plain))) if kind is Kind.CODE else []
    foreign = [name for name in names if not _is_known(name, said)]
    if len(foreign) > (1 - LEAST_SHARE) * len(names):
        return f"{foreign[0]} is neither said nor shown"
    return ""


def cells_of(text: str) -> str:
    """The cells of a table, or the items of a list, as sentences: each may begin with a capital,
    and is no name for that."""
    cells = (cell.strip() for line in text.splitlines() for cell in ITEM.sub("", line).split("|"))
    return ". ".join(OPENING.sub(lambda first: first[0].lower(), cell) for cell in cells if cell)


def written_numbers(text: str) -> frozenset[float]:
    """The numbers of a slide, those within names and formulas, too."""
    return frozenset(float(found) for found in NUMBER.findall(unicodedata.normalize("NFKC", text)))


@cache
def _own_words() -> frozenset[str]:
    """The words of languages themselves: Python's, which it lists, and those of others."""
    own = (*keyword.kwlist, *keyword.softkwlist, *dir(builtins))
    return words_of("programs") | {word.lower() for word in own}


def _is_power(value: float, said: Said) -> bool:
    return any(said.count(word) for word in POWERS.get(value, ()))


def _names(text: str) -> Iterator[str]:
    """The names that a program gives or calls, without those of its language."""
    for name in NAME.findall(ASIDE.sub(" ", text)):
        if len(name) >= LEAST_LETTERS and name.lower() not in _own_words():
            yield name


def _is_known(name: str, said: Said) -> bool:
    """True where it stands there as a whole, or in its parts: binary_search is "binary search"."""
    if said.has_name(name):
        return True
    parts = [part for part in PART.findall(name) if len(part) >= LEAST_LETTERS]
    return bool(parts) and all(
        part.lower() in _own_words() or said.has_name(part.lower()) for part in parts
    )
