"""The terms of slides: words and names that are likely to be said while they are shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from videobatch.pipeline.text.sentences import CJK, WORD, stop_words
from videobatch.records import LineKind, SlideLine, SlideText

# What the reader is not so sure of may be a word that nobody ever wrote.
LEAST_CONFIDENCE = 0.8
MOST_WORDS = 3
# A model listens to what it is told: few and short, so that sound comes first.
MOST_TERMS, MOST_CHARS = 16, 200
# People speak of a slide a moment before it comes, and after it is gone.
NEAR_S = 5.0
# One word of a heading is worth telling from this length on.
LEAST_TITLE_CHARS = 7
RARE, NAME, PLAIN = 3, 2, 1
_ODD = re.compile(r"[^\W\d_][A-Z]|[^\W\d_]\d|\d[^\W\d_]")
_JOINTS = frozenset((" ", "-"))


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a few, as a slide has them; the more it is worth, the less a recogniser would write
    it unasked. `shown` are the stretches (s) of the slides that have it."""

    text: str
    worth: int
    shown: tuple[tuple[float, float], ...]

    @property
    def is_rare(self) -> bool:
        return self.worth >= RARE

    def is_near(self, start_s: float, end_s: float) -> bool:
        """True where a slide with it is shown during that stretch, or nearly."""
        return any(a < end_s + NEAR_S and start_s - NEAR_S < b for a, b in self.shown)


@dataclass(frozen=True, slots=True)
class _Spelt:
    """A word of a line, where it stands, and what speaks for it."""

    text: str
    begin: int
    end: int
    worth: int
    is_capital: bool


def words_on(slides: Sequence[SlideText]) -> frozenset[str]:
    """The words of all lines, in lower case."""
    return frozenset(
        word.lower() for slide in slides for line in slide.lines for word in WORD.findall(line.text)
    )


def stretches_of(slides: Sequence[SlideText]) -> list[tuple[SlideText, float]]:
    """The slides, each with the time (s) until which it is shown."""
    ends = [slide.start_s for slide in slides[1:]]
    return list(zip(slides, [*ends, float("inf")], strict=False))


def rare_words(slide: SlideText, known: Collection[str]) -> tuple[str, ...]:
    """The words of one slide that the dictionary does not hold, each once."""
    runs = (run for line in slide.lines if _is_told(line) for run in _runs(line.text, known))
    return tuple(dict.fromkeys(word.text for run in runs for word in run if word.worth >= RARE))


def terms_of(slides: Sequence[SlideText], known: Collection[str]) -> tuple[Term, ...]:
    """The terms of slides in order of time, each once, what is worth most first. `known` are the
    words of a dictionary that stand on them, in lower case."""
    found: dict[str, Term] = {}
    for slide, end_s in stretches_of(slides):
        on_this: dict[str, tuple[str, int]] = {}
        for line in slide.lines:
            for text, worth in _terms_in(line, known):
                before = on_this.get(text.casefold(), (text, 0))
                on_this[text.casefold()] = (before[0], max(before[1], worth))
        for key, (text, worth) in on_this.items():
            known_as = found.get(key, Term(text, 0, ()))
            shown = (*known_as.shown, (slide.start_s, end_s))
            found[key] = Term(known_as.text, max(known_as.worth, worth), shown)
    return tuple(sorted(found.values(), key=lambda term: (-term.worth, -len(term.shown))))


def terms_for(terms: Sequence[Term], start_s: float, end_s: float) -> tuple[str, ...]:
    """The terms that a recogniser is told for a stretch of sound: those of its slides, then rare
    ones of others, at most `MOST_TERMS` of `MOST_CHARS`."""
    near = [term for term in terms if term.is_near(start_s, end_s)]
    others = [term for term in terms if term.is_rare and term not in near]
    chosen: list[str] = []
    left = MOST_CHARS
    for term in (*near, *others):
        if len(chosen) >= MOST_TERMS or len(term.text) > left or _is_among(term.text, chosen):
            continue
        chosen.append(term.text)
        left -= len(term.text)
    return tuple(chosen)


def _is_among(text: str, chosen: Sequence[str]) -> bool:
    return any(f" {text.casefold()} " in f" {other.casefold()} " for other in chosen)


def _terms_in(line: SlideLine, known: Collection[str]) -> Iterator[tuple[str, int]]:
    is_title = line.kind is LineKind.TITLE
    if not _is_told(line):
        return
    for run in _runs(line.text, known):
        for part in _marked(run):
            yield _text(line.text, part), max(word.worth for word in part) + is_title
        if is_title and len(run) <= MOST_WORDS and _is_telling(run):
            yield _text(line.text, run), PLAIN


def _is_told(line: SlideLine) -> bool:
    return line.kind in (LineKind.TITLE, LineKind.TEXT) and line.confidence >= LEAST_CONFIDENCE


def _text(line: str, words: Sequence[_Spelt]) -> str:
    return line[words[0].begin : words[-1].end]


def _is_telling(run: Sequence[_Spelt]) -> bool:
    return len(run) > 1 or len(run[0].text) >= LEAST_TITLE_CHARS


def _marked(run: Sequence[_Spelt]) -> Iterator[Sequence[_Spelt]]:
    """The parts of a run that are rare words and names, with what is capital beside them."""
    part: list[_Spelt] = []
    for word in (*run, None):
        if word is not None and (word.worth or word.is_capital) and len(part) < MOST_WORDS:
            part.append(word)
            continue
        if any(each.worth for each in part):
            yield part
        is_next = word is not None and (word.worth or word.is_capital)
        part = [word] if word is not None and is_next else []


def _runs(line: str, known: Collection[str]) -> list[list[_Spelt]]:
    """The words of a line that say something, in runs without a mark or a stop word between."""
    words = [_spelt(match, line, known) for match in WORD.finditer(line)]
    words = _with_names(words, line)
    runs: list[list[_Spelt]] = []
    before: _Spelt | None = None
    for word in words:
        if not _says_something(word):
            before = None
            continue
        if before is None or line[before.end : word.begin] not in _JOINTS:
            runs.append([])
        runs[-1].append(word)
        before = word
    return runs


def _says_something(word: _Spelt) -> bool:
    text = word.text
    if text.isdigit() or CJK.search(text) or text.lower() in stop_words():
        return False
    return len(text) > 2 or (len(text) == 2 and text.isupper())


def _spelt(match: re.Match[str], line: str, known: Collection[str]) -> _Spelt:
    text = match.group()
    # In a line of capitals they tell nothing.
    is_odd = bool(_ODD.search(text)) and not line.isupper()
    is_rare = is_odd or not _is_known(text, known)
    worth = RARE if is_rare else 0
    return _Spelt(text, match.start(), match.end(), worth, text[:1].isupper())


def _is_known(text: str, known: Collection[str]) -> bool:
    word = text.lower().replace("’", "'")
    return word in known or word.removesuffix("'s") in known or word.removesuffix("s") in known


def _with_names(words: Sequence[_Spelt], line: str) -> list[_Spelt]:
    """The words, those marked that are capital in the middle of a line where others are not."""
    later = [word for word in words[1:] if _says_something(word)]
    is_heading = sum(word.is_capital for word in later) > len(later) / 2
    # Two or three capital words alone are a name, or a heading: worth little, and told at the end.
    is_alone = 2 <= len(words) <= MOST_WORDS and all(word.is_capital for word in words)
    if line.isupper():
        return list(words)
    found = [words[0]] if words else []
    for before, word in pairwise(words):
        follows_stop = line[before.end : word.begin] == " "
        is_name = word.is_capital and not is_heading and follows_stop
        worth = NAME if is_name else PLAIN if is_alone else 0
        found.append(_worth(word, worth))
    return [_worth(word, PLAIN) if is_alone else word for word in found]


def _worth(word: _Spelt, worth: int) -> _Spelt:
    return _Spelt(word.text, word.begin, word.end, max(word.worth, worth), word.is_capital)
