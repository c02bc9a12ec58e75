"""The statements that carry a transcript, and the words that tell what it is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from videobatch.pipeline.text.chinese import NONE, Found, Own, terms_in
from videobatch.pipeline.text.cutting import CJK, is_ended
from videobatch.pipeline.text.sentences import likeness, stop_words, subject_words, words
from videobatch.pipeline.text.worth import GOOD, worth
from videobatch.records import Utterance

# Ranked in blocks of this many, the winners again: the matrix of similarities stays below 3 MB.
BLOCK = 600
SAME = 0.8
LATIN = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]{2,}){1,2}(?![A-Za-z ])")
NEAR = 30
# The share of its places in which a Chinese term must begin and end with the words around it.
STANDS_ALONE = 0.3
# The least worth, subject words and words of a candidate: the next line where there are too few.
LEVELS = (
    *((least, *rest) for least in (GOOD, 0.3, 0.01) for rest in ((3, 5), (2, 4), (1, 4))),
    *((0.0, *rest) for rest in ((3, 5), (2, 4), (1, 4), (0, 2))),
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a pair of words that returns, how often, and where it was first said."""

    text: str
    count: int
    first_s: float


def key_points(
    lines: Sequence[Utterance], count: int, shown: Collection[Utterance] = ()
) -> tuple[Utterance, ...]:
    """At most `count` of the statements, those that share most with the others and stand alone
    best, in order of time. Each is one of `lines`, with its time stamps; of statements that say
    the same, the first, and none that says what one of `shown` says. Questions, fragments and
    scraps only where there is nothing else."""
    # Loads numpy, which the command line can do without.
    from videobatch.pipeline.text.ranking import best

    punctuated = is_marked(lines)
    values = {line: worth(line.text, punctuated=punctuated) for line in lines}
    candidates = _candidates(lines, count, values, shown)
    while len(candidates) > BLOCK:
        blocks = [candidates[i : i + BLOCK] for i in range(0, len(candidates), BLOCK)]
        keep = max(count, 1) if len(blocks) < 2 else min(max(count, 20), BLOCK // 2)
        candidates = [
            line for block in blocks for line in best(block, keep, [values[x] for x in block])
        ]
    return tuple(best(candidates, count, [values[line] for line in candidates]))


def is_marked(lines: Sequence[Utterance]) -> bool:
    """True where most of the statements end with a mark."""
    return 2 * sum(is_ended(line.text) for line in lines) >= max(1, len(lines))


def _candidates(
    lines: Sequence[Utterance],
    count: int,
    values: Mapping[Utterance, float],
    shown: Collection[Utterance],
) -> list[Utterance]:
    """The statements that say something; in short talks also those that say little."""
    found: list[Utterance] = []
    said = [line for line in lines if line not in shown]
    for least_value, subjects, least in LEVELS:
        if found and least_value == 0:
            break
        rest = [
            line
            for line in said
            if values[line] >= least_value
            and len(subject_words(line.text)) >= subjects
            and len(words(line.text)) >= least
        ]
        found = distinct(rest, shown)
        if len(found) >= count:
            break
    return found


def distinct(lines: Sequence[Utterance], shown: Collection[Utterance] = ()) -> list[Utterance]:
    """The lines without those that say what was said before, or nearly so shortly before."""
    kept: list[tuple[Utterance, frozenset[str]]] = []
    before = [frozenset(words(line.text)) for line in shown]
    seen: set[frozenset[str]] = set()
    for line in lines:
        own = frozenset(words(line.text))
        near = [*(bag for _, bag in kept[-NEAR:]), *before]
        if own not in seen and not any(likeness(own, other) >= SAME for other in near):
            kept.append((line, own))
            seen.add(own)
    return [line for line, _ in kept]


def key_terms(
    lines: Sequence[Utterance],
    count: int,
    background: Mapping[str, int] | None = None,
    own: Own = NONE,
) -> tuple[Term, ...]:
    """The terms that return most in `lines`, best first. With the `term_counts` of the whole talk
    as `background`, those that are said elsewhere too count less. A pair of words that returns
    stands for its words. `own` are words of Chinese that no dictionary knows."""
    found = _terms(lines, own)
    counts, first = found.counts, found.first
    total = counts if background is None else background
    scores = {
        term: counts[term] * (1.5 if found.is_pair(term) else 1.0) * counts[term] / total[term]
        for term in counts
        if counts[term] >= found.least(term) and not found.is_part(term)
    }
    chosen: list[Term] = []
    # Of pairs that are always said together, the longest, or a part of a term would stand for it.
    order = sorted(scores, key=lambda t: (-scores[t], -len(t) * (t in found.joined), first[t], t))
    for term in order:
        if len(chosen) >= count:
            break
        if not any(_overlap(term, other.text) for other in chosen):
            chosen.append(Term(term, counts[term], first[term]))
    return tuple(chosen)


def term_counts(lines: Sequence[Utterance], own: Own = NONE) -> Counter[str]:
    """Counts how often each term returns in the statements."""
    return _terms(lines, own).counts


def as_written(term: str, lines: Sequence[Utterance]) -> str:
    """The term as it is written where it is said first: terms are counted in lower case."""
    spaced = r"\s+".join(re.escape(word) for word in term.split())
    shape = rf"(?<![a-z\d]){spaced}(?![a-z\d])" if term.isascii() else spaced
    found = (re.search(shape, line.text.replace("’", "'"), re.IGNORECASE) for line in lines)
    return next((match[0] for match in found if match), term)


def _latin_names(text: str) -> list[str]:
    """The Latin words that stand side by side in Chinese: one name, such as Binary Search; in lower
    case."""
    if not CJK.search(text):
        return []
    found = [run.lower() for run in LATIN.findall(text)]
    return [run for run in found if not stop_words() & set(run.split())]


def _overlap(term: str, other: str) -> bool:
    """True where they share a word, or in Chinese one is in the other."""
    if CJK.search(term):
        return term in other or other in term
    return bool(_roots(term) & _roots(other))


def _roots(term: str) -> set[str]:
    """The words of a term without the s of a plural, so that one of `river`, `rivers` is named."""
    return {word[:-1] if len(word) > 3 and word.endswith("s") else word for word in term.split()}


@dataclass(slots=True)
class _Terms:
    """Terms: how often each is said, when first, which are Chinese words put together, and how
    often these stand where a run of words begins and ends."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, float] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    loose: set[str] = field(default_factory=set)
    opening: Counter[str] = field(default_factory=Counter)
    closing: Counter[str] = field(default_factory=Counter)

    def is_pair(self, term: str) -> bool:
        return " " in term or term in self.joined

    def least(self, term: str) -> int:
        """The number of times that it is said at least, if it is to be one."""
        if term in self.named:
            return 1
        return 3 if term in self.loose else 2 if self.is_pair(term) else 1

    def is_part(self, term: str) -> bool:
        """True for Chinese words that mostly stand within others: a part of a longer term."""
        least = self.counts[term] * STANDS_ALONE if CJK.search(term) else 0
        return self.opening[term] < least or self.closing[term] < least

    def add(self, term: str, at_s: float) -> None:
        self.counts[term] += 1
        self.first.setdefault(term, at_s)

    def note(self, found: Found) -> None:
        self.joined |= {found.text} if found.is_joined else set()
        self.loose |= {found.text} if found.is_loose else set()
        self.opening[found.text] += found.opens
        self.closing[found.text] += found.closes


def _terms(lines: Sequence[Utterance], own: Own) -> _Terms:
    terms = _Terms()
    for line in lines:
        named = _latin_names(line.text)
        for name in named:
            terms.add(name, line.start_s)
            terms.named.add(name)
        inside = {word for name in named for word in name.split()}
        subject = {word for word in subject_words(line.text) if not CJK.search(word)} - inside
        found = [word if word in subject else None for word in words(line.text)]
        pairs = [
            f"{one} {two}"
            for one, two in pairwise(found)
            if one and two and one != two and one.isascii() and two.isascii()
        ]
        for term in [word for word in found if word] + pairs:
            terms.add(term, line.start_s)
        for each in terms_in(line.text, own) if CJK.search(line.text) else ():
            terms.add(each.text, line.start_s)
            terms.note(each)
    return terms
