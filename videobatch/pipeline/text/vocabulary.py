"""Terms of a glossary in a text: which of them occur, and where each is shown first."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

from videobatch.pipeline.text.cutting import CJK
from videobatch.pipeline.text.segmenter import tokens
from videobatch.records import GlossaryTerm, Translation, Utterance

# The patterns of a folder's terms: its own, and those that its videos brought.
CACHED = 4096
# Words of so few characters are parts of many others.
SHORT = 2


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
    # Most terms of a folder are not in this text, which a search without a pattern tells sooner.
    first = re.split(r"[\s-]+", folded)[0]
    return bool(folded) and first in text and _pattern(folded).search(text) is not None


def occurring(terms: Iterable[GlossaryTerm], text: str) -> tuple[GlossaryTerm, ...]:
    """Those that the text has, in their order."""
    # Once for all of them: a folder may have thousands.
    lower = text.casefold()
    return tuple(each for each in terms if _is_in(fold(each.term), lower))


def first_shown(lines: Sequence[Utterance], translation: Translation) -> dict[str, tuple[int, int]]:
    """The line and the place in it where each term's translation stands first, by term, no two in
    one place; longer translations choose first. It stands where the original has the term, or a
    cue before or after that, and is a word there, not a part of one."""
    found: dict[str, tuple[int, int]] = {}
    taken: dict[int, list[tuple[int, int]]] = {}
    said = _Said(translation)
    for each in sorted(translation.terms, key=lambda each: -len(each.translation)):
        spot = _free(lines, each.translation, said.spans_s(each.term), taken)
        if spot is not None:
            number, at = spot
            taken.setdefault(number, []).append((at, at + len(each.translation)))
            found[each.term] = spot
    return found


class _Said:
    """The original of what was translated, and when each of its terms is said."""

    def __init__(self, translation: Translation) -> None:
        self._cues = [line for line in translation.lines if line.is_translated]
        texts = [" ".join(line.source).casefold() for line in self._cues]
        self._text = "\n".join(texts)
        self._starts = list(accumulate((len(text) + 1 for text in texts), initial=0))

    def spans_s(self, term: str) -> list[tuple[float, float]]:
        """The spans in which it is said, each with the cue before and the one after (s)."""
        folded = fold(term)
        if not folded:
            return []
        places = [found.start() for found in _pattern(folded).finditer(self._text)]
        numbers = dict.fromkeys(bisect_right(self._starts, place) - 1 for place in places)
        last = len(self._cues) - 1
        return [
            (
                self._cues[max(0, number - 1)].start_ms / 1000,
                self._cues[min(last, number + 1)].end_ms / 1000,
            )
            for number in numbers
        ]


def _free(
    lines: Sequence[Utterance],
    word: str,
    spans_s: Sequence[tuple[float, float]],
    taken: dict[int, list[tuple[int, int]]],
) -> tuple[int, int] | None:
    starts = [line.start_s for line in lines]
    seen: set[int] = set()
    for begin_s, end_s in spans_s:
        first = max(0, bisect_right(starts, begin_s) - 1)
        for number in range(first, bisect_left(starts, end_s)):
            is_over = starts[number] < begin_s and lines[number].end_s <= begin_s
            if number in seen or is_over:
                continue
            seen.add(number)
            for at in _words_at(lines[number].text, word):
                if all(e <= at or at + len(word) <= s for s, e in taken.get(number, ())):
                    return number, at
    return None


def _words_at(text: str, word: str) -> Iterator[int]:
    """The places at which the word stands, and is no part of a longer one."""
    at = text.find(word)
    edges: set[int] | None = None
    while at >= 0:
        end = at + len(word)
        is_apart = not (_joins(text[at - 1 : at], word[0]) or _joins(word[-1], text[end : end + 1]))
        if is_apart and len(word) <= SHORT and CJK.search(word):
            edges = _edges(text) if edges is None else edges
            is_apart = at in edges and end in edges
        if is_apart:
            yield at
        at = text.find(word, at + 1)


def _joins(before: str, after: str) -> bool:
    """True for two Latin letters or digits, which make one word."""
    return all(each.isascii() and each.isalnum() for each in (before, after))


def _edges(text: str) -> set[int]:
    """The places where words of Chinese begin and end."""
    return {
        run.start() + edge
        for run in CJK.finditer(text)
        for edge in accumulate((len(token.text) for token in tokens(run[0])), initial=0)
    }


def explained(lines: Sequence[Utterance], translation: Translation) -> tuple[Utterance, ...]:
    """The lines, where each term stands first in its own language, with translation and
    explanation behind it."""
    spots: dict[int, list[tuple[int, GlossaryTerm]]] = {}
    by_term = {each.term: each for each in translation.terms}
    for term, (number, at) in first_shown(lines, translation).items():
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
