"""Titles of chapters: a short noun phrase from what is said in them, found without a grammar."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from videobatch.pipeline.text.chinese import is_title
from videobatch.pipeline.text.cutting import CJK
from videobatch.pipeline.text.lexicon import lexicon
from videobatch.pipeline.text.sentences import stop_words
from videobatch.pipeline.text.worth import is_asked
from videobatch.records import Utterance

TOKEN = re.compile(r"[^\W\d_][\w'’]*(?:-\w+)*|\d+|[^\w\s]")
MOST_WORDS, MOST_CHARS = 3, 60
# Phrases of two and three words say more than one word.
LENGTHS = {1: 0.5, 2: 1.9, 3: 2.1}
QUESTION = re.compile(r"^(?:what|why|how|where|when|who|which)\b", re.IGNORECASE)
POINTING = re.compile(
    r"\b(?:it|its|this|that|they|them|he|she|these|those|you|your|i|me|my|we|us|our|here|there)\b"
    r"|['’](?:s|re|ll|d|ve|m)\b",
    re.IGNORECASE,
)


@cache
def verbs() -> frozenset[str]:
    """Forms of English verbs that are seldom nouns."""
    regular = {form for verb in lexicon("regular") for form in _forms(verb)}
    return frozenset(regular) | lexicon("irregular")


def _forms(verb: str) -> Iterator[str]:
    stem = verb.removesuffix("e")
    doubled = verb + verb[-1] if re.search(r"[^aeiou][aeiou][bdgklmnprt]$", verb) else stem
    yield from (verb, f"{verb}s", f"{verb}es", f"{stem}ed", f"{stem}ing")
    yield from (f"{doubled}ed", f"{doubled}ing")
    if verb.endswith("y"):
        yield from (f"{verb[:-1]}ies", f"{verb[:-1]}ied")


def title_of(
    lines: Sequence[Utterance], everywhere: Counter[str], taken: Collection[str] = ()
) -> str | None:
    """A title for what is said in `lines`: a question that opens it, else the phrase that stands
    out; None where there is none. `everywhere` are the `phrase_counts` of the whole talk, `taken`
    the titles that others have."""
    asked = next((line.text for line in lines[:2] if _is_title(line.text)), None)
    if asked is not None and asked not in taken:
        return asked.rstrip("？?") if CJK.search(asked) else asked
    used = {_root(word) for title in taken for word in title.lower().split()}
    own = _phrases(lines)
    scores = {
        phrase: score
        for phrase in own.counts
        if (score := _score(phrase, own, everywhere, len(lines), used)) > 0
    }
    if not scores:
        return None
    shape = own.shapes[max(scores, key=lambda phrase: (scores[phrase], phrase))]
    return shape[:1].upper() + shape[1:]


def _score(
    phrase: str, own: _Phrases, everywhere: Counter[str], lines: int, used: Collection[str]
) -> float:
    """A phrase's score as a title: said often, here more than elsewhere, early; 0 where it is
    none."""
    count, nouns, words = own.counts[phrase], own.nouns[phrase], phrase.split()
    if len(words) == 1 and (count < 2 or not nouns or phrase in lexicon("general")):
        return 0.0
    if count < 2 and not nouns:
        return 0.0
    score = (count - 0.4) * LENGTHS[len(words)] * count / max(count, everywhere[phrase])
    score *= 1.0 - 0.4 * own.first[phrase] / max(1, lines)
    score *= 1.3 if nouns else 1.0
    if words[0] in lexicon("plain") or _root(words[-1]) in lexicon("general"):
        score *= 0.3
    # Said once, two words may stand beside each other by chance.
    score *= 0.5 if count < 2 else 1.0
    return score * (0.2 if all(_root(word) in used for word in words) else 1.0)


def phrase_counts(lines: Sequence[Utterance]) -> Counter[str]:
    """Counts how often each phrase is said that could be a title."""
    return _phrases(lines).counts


def _is_title(text: str) -> bool:
    if CJK.search(text):
        return is_title(text)
    fits = len(text) <= MOST_CHARS and QUESTION.match(text) and is_asked(text)
    return bool(fits) and not POINTING.search(text) and len(text.split()) >= 4


@dataclass(slots=True)
class _Phrases:
    """Phrases: how often they are said, how often they are seen to end as a noun does, the first
    line that has them, and how they are written."""

    counts: Counter[str] = field(default_factory=Counter)
    nouns: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)

    def add(self, place: int, run: _Run, start: int, size: int) -> None:
        shape = " ".join(run.tokens[start : start + size])
        opens = start == 0 and not run.before
        phrase = shape.lower()
        self.counts[phrase] += 1
        self.first.setdefault(phrase, place)
        if start + size == len(run.tokens):
            self.nouns[phrase] += run.is_noun or (start > 0 and run.is_bounded)
        if not opens or phrase not in self.shapes:
            self.shapes[phrase] = _uncapped(shape) if opens else shape


@dataclass(frozen=True, slots=True)
class _Run:
    """Words that follow each other with nothing small between them, and what stands before ("" at
    the beginning of a sentence) and after."""

    tokens: Sequence[str]
    before: str
    after: str

    @property
    def is_bounded(self) -> bool:
        return self.after in lexicon("after_nouns") or not self.after.isalnum()

    @property
    def is_noun(self) -> bool:
        return self.is_bounded and self.before in lexicon("determiners")


def _phrases(lines: Sequence[Utterance]) -> _Phrases:
    found = _Phrases()
    for place, line in enumerate(lines):
        if CJK.search(line.text):
            continue
        text = line.text.lower() if line.text.isupper() else line.text
        for run in _runs(TOKEN.findall(text.replace("’", "'"))):
            for size in range(1, min(MOST_WORDS, len(run.tokens)) + 1):
                for start in range(len(run.tokens) - size + 1):
                    found.add(place, run, start, size)
    return found


def _runs(tokens: Sequence[str]) -> Iterator[_Run]:
    run: list[str] = []
    before = ""
    # The mark at the end closes the last run.
    for token in [*tokens, "."]:
        word = token.lower()
        if _is_content(token):
            run.append(token)
            continue
        if run:
            yield _Run(run, before, word)
        run, before = [], word


def _is_content(token: str) -> bool:
    word = token.lower()
    if token.isupper() and len(token) > 1:
        return True
    if len(word) < 3 or not word[0].isalpha() or "'" in word or word.endswith("ly"):
        return False
    return word not in stop_words() and word not in verbs()


def _uncapped(shape: str) -> str:
    """The first word without the capital that begins a sentence."""
    head, _, rest = shape.partition(" ")
    head = head if not head[1:].islower() else head.lower()
    return f"{head} {rest}".strip()


def _root(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
