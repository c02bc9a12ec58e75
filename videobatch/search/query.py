"""The words that a person looks for, as a query of the index.

Nothing that is typed is syntax of SQLite's: words are folded as texts are, and quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from videobatch.errors import SettingsError
from videobatch.search.folding import Placed, tokens

MOST_TERMS, MOST_CHARS = 64, 2_000
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』＂", '"'))
_PART = re.compile(r'([-－]?)(?:"([^"]*)"?([*＊]?)|([^\s"]+))')
HINT = 'words, "a phrase", a beginning*, -without'


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase: words of the index that follow each other. With `is_prefix` the last one
    is the beginning of a word. `typed` is how a person wrote it."""

    tokens: tuple[str, ...]
    is_prefix: bool = False
    typed: str = field(default="", compare=False)

    @property
    def expression(self) -> str:
        # No word of the index holds a quotation mark.
        return f'"{" ".join(self.tokens)}"' + " *" * self.is_prefix

    def begins(self, words: Sequence[Placed], at: int) -> bool:
        """True where the words have it from that place on."""
        own = self.tokens
        if at + len(own) > len(words):
            return False
        *heads, last = own
        if any(words[at + n].token != each for n, each in enumerate(heads)):
            return False
        found = words[at + len(heads)].token
        return found.startswith(last) if self.is_prefix else found == last


@dataclass(frozen=True, slots=True)
class Query:
    """The terms that a passage must have, all of them, and those that it must not have."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()

    @property
    def expression(self) -> str:
        """The query in the syntax of FTS5."""
        wanted = " AND ".join(term.expression for term in self.wanted)
        if not self.unwanted:
            return wanted
        return f"({wanted}) NOT ({' OR '.join(term.expression for term in self.unwanted)})"


def parse(words: Iterable[str]) -> Query:
    """The query of what was typed, an argument of the command line each: one with spaces in it is a
    phrase. Raises SettingsError where there is nothing to look for."""
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for each in words:
        text = each.translate(_QUOTES)
        if len(text) > MOST_CHARS:
            raise SettingsError(f"that is longer than {MOST_CHARS} characters", hint=HINT)
        for minus, term in _terms(_as_phrase(text)):
            (unwanted if minus else wanted).append(term)
    if len(wanted) + len(unwanted) > MOST_TERMS:
        raise SettingsError(f"those are more than {MOST_TERMS} words", hint=HINT)
    if not wanted:
        what = "a word that must be there" if unwanted else "a word, with letters or digits"
        raise SettingsError(f"there is nothing to look for: name {what}", hint=HINT)
    return Query(tuple(dict.fromkeys(wanted)), tuple(dict.fromkeys(unwanted)))


def _as_phrase(text: str) -> str:
    """The argument with quotation marks, where a shell has taken them off."""
    bare = text.strip()
    if '"' in bare or not re.search(r"\s", bare):
        return bare
    minus = bare[:1] if bare[:1] in "-－" else ""
    star = "*" if bare[-1:] in "*＊" else ""
    return f'{minus}"{bare[len(minus) :]}"{star}'


def _terms(text: str) -> Iterable[tuple[bool, Term]]:
    for minus, phrase, phrase_star, word in _PART.findall(text):
        own = phrase or word
        found = tuple(tokens(own))
        if found:
            is_prefix = bool(phrase_star) or word.endswith(("*", "＊"))
            yield bool(minus), Term(found, is_prefix, own.strip() + phrase_star)
