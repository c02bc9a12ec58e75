"""Terms of a glossary in a text: which of them occur, and where each is shown first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from videobatch.records import GlossaryTerm, Utterance

# The patterns of a folder's terms: its own, and those that its videos brought.
CACHED = 4096


def fold(term: str) -> str:
    """The term as it is known again: without case and runs of spaces."""
    return " ".join(term.casefold().split())


@lru_cache(maxsize=CACHED)
def _pattern(folded: str) -> re.Pattern[str]:
    spaced = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", folded)))
    before = r"(?<![a-z0-9])" if folded[:1].isascii() and folded[:1].isalnum() else ""
    behind = r"(?:s|es)?(?![a-z0-9])" if folded[-1:].isascii() and folded[-1:].isalnum() else ""
    return re.compile(f"{before}{spaced}{behind}")


def occurs(term: str, text: str) -> bool:
    """True where the text has the term as whole words, in the singular or the plural."""
    return _is_in(fold(term), text.casefold())


def _is_in(folded: str, text: str) -> bool:
    return bool(folded) and _pattern(folded).search(text) is not None


def occurring(terms: Iterable[GlossaryTerm], text: str) -> tuple[GlossaryTerm, ...]:
    """Those that the text has, in their order."""
    # Once for all of them: a folder may have thousands.
    lower = text.casefold()
    return tuple(each for each in terms if _is_in(fold(each.term), lower))


def first_shown(
    lines: Sequence[Utterance], terms: Sequence[GlossaryTerm]
) -> dict[str, tuple[int, int]]:
    """The line and the place in it where each term's translation stands first, by term, no two in
    one place; longer translations choose first."""
    found: dict[str, tuple[int, int]] = {}
    taken: dict[int, list[tuple[int, int]]] = {}
    for each in sorted(terms, key=lambda each: -len(each.translation)):
        spot = _free(lines, each.translation, taken)
        if spot is not None:
            number, at = spot
            taken.setdefault(number, []).append((at, at + len(each.translation)))
            found[each.term] = spot
    return found


def _free(
    lines: Sequence[Utterance], word: str, taken: dict[int, list[tuple[int, int]]]
) -> tuple[int, int] | None:
    for number, line in enumerate(lines):
        at = line.text.find(word)
        while at >= 0:
            if all(end <= at or at + len(word) <= start for start, end in taken.get(number, ())):
                return number, at
            at = line.text.find(word, at + 1)
    return None


def explained(lines: Sequence[Utterance], terms: Sequence[GlossaryTerm]) -> tuple[Utterance, ...]:
    """The lines, where each term stands first in its own language, with translation and
    explanation behind it."""
    spots: dict[int, list[tuple[int, GlossaryTerm]]] = {}
    by_term = {each.term: each for each in terms}
    for term, (number, at) in first_shown(lines, terms).items():
        spots.setdefault(number, []).append((at, by_term[term]))
    made = list(lines)
    for number, found in spots.items():
        text = made[number].text
        # From the end, so that places before it stay.
        for at, each in sorted(found, key=lambda spot: -spot[0]):
            text = text[:at] + introduced(each) + text[at + len(each.translation) :]
        made[number] = replace(made[number], text=text)
    return tuple(made)


def introduced(term: GlossaryTerm) -> str:
    """The term with what stands for it, and what it means."""
    if fold(term.term) == fold(term.translation):
        return f"{term.term}（{term.explanation}）" if term.explanation else term.term
    meaning = f"：{term.explanation}" if term.explanation else ""
    return f"{term.term}（{term.translation}{meaning}）"
