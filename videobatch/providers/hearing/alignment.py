"""Times for sentences that came without: from the words that another recogniser heard in the same
sound, who may have understood less of it, but knows when."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby
from statistics import median
from typing import TypeAlias

from videobatch.records import Utterance, Word

# Two recognisers of one sound agree on nearly all; of two sounds, on common words here and there.
LEAST_SHARE = 0.4
# Writing systems without spaces: each character is a word of its own (kana, ideographs, Hangul is
# written with spaces).
_IDEOGRAPH = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
_WORD = re.compile(rf"{_IDEOGRAPH}|(?:(?!{_IDEOGRAPH})\S)+")


# When a word begins and ends (s).
Span: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Token:
    """A word as it is compared, and when it was heard."""

    folded: str
    span: Span


def with_times(
    sentences: Sequence[Utterance], heard: Iterable[Utterance], start_s: float, end_s: float
) -> tuple[Utterance, ...] | None:
    """The sentences with their words, both at the times at which `heard` has the same words; what
    it has otherwise gets its share of the time between. All lie within `start_s` to `end_s` (s).
    None where the two have too little in common (less than `LEAST_SHARE` of the words)."""
    told = [(number, word) for number, said in enumerate(sentences) for word in words_of(said.text)]
    clock = list(_tokens(heard))
    spans = _spans([_folded(word) for _, word in told], clock)
    if not told or sum(span is not None for span in spans) < LEAST_SHARE * len(told):
        return None
    timed = _filled([word for _, word in told], spans, start_s, end_s)
    found: list[list[Word]] = [[] for _ in sentences]
    for (number, _), word in zip(told, timed, strict=True):
        found[number].append(word)
    return tuple(map(_said, sentences, found))


def words_of(text: str) -> list[str]:
    """The words of a line: between spaces, and each character of Chinese and Japanese with the
    punctuation that follows it."""
    words: list[str] = []
    for match in _WORD.finditer(text):
        is_mark = not _folded(match[0])
        if is_mark and words:
            words[-1] += match[0]
        else:
            words.append(match[0])
    return words


def _said(sentence: Utterance, words: Sequence[Word]) -> Utterance:
    if not words:
        return sentence
    return replace(sentence, start_s=words[0].start_s, end_s=words[-1].end_s, words=tuple(words))


def _tokens(heard: Iterable[Utterance]) -> Iterator[_Token]:
    """The words of the other recogniser, one for each that can be compared."""
    for said in heard:
        for word in said.words:
            parts = words_of(word.text)
            each_s = (word.end_s - word.start_s) / max(1, len(parts))
            for place, part in enumerate(parts):
                if folded := _folded(part):
                    begin_s = word.start_s + place * each_s
                    yield _Token(folded, (begin_s, begin_s + each_s))


def _folded(word: str) -> str:
    """The word without what recognisers differ in: case, punctuation, forms of characters."""
    plain = unicodedata.normalize("NFKC", word).casefold()
    return "".join(character for character in plain if character.isalnum())


def _spans(told: Sequence[str], clock: Sequence[_Token]) -> list[Span | None]:
    """The time of each word; None for one that was heard otherwise."""
    spans: list[Span | None] = [None] * len(told)
    matcher = SequenceMatcher(None, told, [token.folded for token in clock], autojunk=False)
    for here, there, count in matcher.get_matching_blocks():
        for step in range(count):
            spans[here + step] = clock[there + step].span
    return spans


def _filled(
    told: Sequence[str],
    spans: Sequence[Span | None],
    start_s: float,
    end_s: float,
) -> list[Word]:
    """Words with times that never go back; a run without any shares the time between its
    neighbours by length, and is no slower than the words that were heard."""
    pace_s = _pace_s(told, spans)
    words: list[Word] = []
    for is_heard, run in groupby(range(len(told)), key=lambda place: spans[place] is not None):
        places = list(run)
        if is_heard:
            words += [_word(told[place], spans[place] or (0.0, 0.0)) for place in places]
            continue
        begin_s = words[-1].end_s if words else start_s
        following = spans[places[-1] + 1] if places[-1] + 1 < len(spans) else None
        until_s = max(begin_s, following[0] if following else end_s)
        length = sum(len(told[place]) for place in places)
        each_s = min(pace_s, (until_s - begin_s) / max(1, length))
        if not words:
            # Silence is before the first words, not among them.
            begin_s = until_s - each_s * length
        for place in places:
            finish_s = begin_s + each_s * len(told[place])
            words.append(_word(told[place], (begin_s, finish_s)))
            begin_s = finish_s
    return list(_forward(words, start_s, end_s))


def _pace_s(told: Sequence[str], spans: Sequence[Span | None]) -> float:
    """The time that a character takes: the median of the words that were heard."""
    paces = [
        (span[1] - span[0]) / max(1, len(word))
        for word, span in zip(told, spans, strict=True)
        if span is not None
    ]
    return median(paces) if paces else 0.0


def _word(text: str, span: Span) -> Word:
    return Word(*span, text)


def _forward(words: Iterable[Word], start_s: float, end_s: float) -> Iterator[Word]:
    """The words, none before the one ahead of it, all within the two times."""
    floor_s = start_s
    for word in words:
        begin_s = round(min(max(word.start_s, floor_s), end_s), 2)
        yield Word(begin_s, round(min(max(word.end_s, begin_s), end_s), 2), word.text)
        floor_s = begin_s
