"""Loops of a recogniser: one phrase again and again where there is noise, music or silence.

People repeat themselves too. What tells a loop is how often, how fast (nobody speaks ten words a
second) and how evenly (nobody repeats a sentence ten times in exactly two seconds each). What is
cut is marked, so that a mantra that is taken for a loop is not lost unsaid.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from videobatch.pipeline.text.markdown import stamp
from videobatch.pipeline.text.phrases import Phrases, remark
from videobatch.records import Gap, Remark, RemarkCode, Utterance, Word

# The longest phrase that is looked for, in words (or Chinese and Japanese characters).
MOST_TOKENS = 48
# So often in a row: a phrase, a single word ("no, no, no"), and one that is too fast or too even.
OFTEN, OFTEN_WORD, OFTEN_ODD = 16, 24, 8
# Whole words and syllables a second; those who speak fastest reach about six and nine.
FAST_WORDS_PER_S = 9.0
# A character of these scripts is about half a word.
CHARACTER_WORDS = 0.5
# How far the lengths of repeated statements differ, as a share of their mean.
EVEN = 0.01
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:['’][^\W_]+)*")
SHOWN_CHARACTERS = 60
# What may stand between two phrases, and behind one.
JOINTS, ENDS = " ,;:，、；-", ".!?…。！？\"'"


@dataclass(frozen=True, slots=True)
class _Token:
    """A word: of which utterance, and where it stands in its text."""

    utterance: int
    begin: int
    end: int
    words: float


@dataclass(frozen=True, slots=True)
class _Run:
    """Tokens from `begin` to `end` that repeat themselves every `period`."""

    begin: int
    end: int
    period: int

    @property
    def count(self) -> int:
        return (self.end - self.begin) // self.period


def cut_loops(
    utterances: Sequence[Utterance], by: str
) -> tuple[tuple[Utterance, ...], tuple[Gap, ...]]:
    """The utterances with each loop cut to its first phrase, and where the rest of it stood. `by`
    is who recognised them."""
    tokens, names = _tokens(utterances)
    found: list[_Run] = []
    for run in _runs(names):
        is_free = all(run.end <= each.begin or run.begin >= each.end for each in found)
        if is_free and _is_loop(run, tokens, utterances):
            found.append(run)
    kept: dict[int, Utterance] = dict(enumerate(utterances))
    gaps: list[Gap] = []
    # From the end, so that places in texts stay what they are.
    for run in sorted(found, key=lambda run: -run.begin):
        gaps.append(_cut(run, tokens, kept, by))
    return tuple(kept[place] for place in sorted(kept)), tuple(reversed(gaps))


def loop_remarks(gaps: Sequence[Gap]) -> tuple[Remark, ...]:
    """Tells a reader what was cut."""
    return tuple(_remark(gap) for gap in gaps)


def _remark(gap: Gap) -> Remark:
    return remark(RemarkCode.LOOP, lambda say: _told(say, gap))


def _told(say: Phrases, gap: Gap) -> str:
    start, end = stamp(gap.start_s), stamp(gap.end_s)
    return say.tell("loop", start=start, end=end, by=gap.by, why=gap.why)


def _tokens(utterances: Sequence[Utterance]) -> tuple[list[_Token], NDArray[np.int64]]:
    tokens: list[_Token] = []
    numbers: dict[str, int] = {}
    names: list[int] = []
    for place, utterance in enumerate(utterances):
        for match in _TOKEN.finditer(utterance.text):
            word = match[0].casefold()
            is_character = len(word) == 1 and ord(word) >= 0x3040
            tokens.append(_Token(place, *match.span(), CHARACTER_WORDS if is_character else 1.0))
            names.append(numbers.setdefault(word, len(numbers)))
    return tokens, np.asarray(names, dtype=np.int64)


def _runs(names: NDArray[np.int64]) -> list[_Run]:
    """Whatever repeats itself so often that it may be a loop; the shortest phrases first."""
    found: list[_Run] = []
    for period in range(1, min(MOST_TOKENS, len(names) // OFTEN_ODD) + 1):
        same = np.concatenate(([False], names[:-period] == names[period:], [False]))
        edges = np.flatnonzero(same[1:] != same[:-1])
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            if end - begin >= (OFTEN_ODD - 1) * period:
                found.append(_Run(int(begin), int(end) + period, period))
    return found


def _is_loop(run: _Run, tokens: Sequence[_Token], utterances: Sequence[Utterance]) -> bool:
    words = sum(token.words for token in tokens[run.begin : run.begin + run.period])
    if run.count >= (OFTEN if words >= 2 else OFTEN_WORD):
        return True
    inside = [utterances[n] for n in range(tokens[run.begin].utterance, _last(run, tokens) + 1)]
    lengths_s = [each.end_s - each.start_s for each in inside]
    is_fast = _words(run, tokens) > FAST_WORDS_PER_S * max(0.01, sum(lengths_s))
    # One word is soon said, and times are coarse.
    if is_fast and (words >= 2 or run.count >= OFTEN):
        return True
    if len(inside) < OFTEN_ODD or words < 2:
        return False
    mean_s = statistics.fmean(lengths_s[:-1])
    return mean_s <= 0 or statistics.pstdev(lengths_s[:-1]) < EVEN * mean_s


def _words(run: _Run, tokens: Sequence[_Token]) -> float:
    return sum(token.words for token in tokens[run.begin : run.end])


def _last(run: _Run, tokens: Sequence[_Token]) -> int:
    return tokens[run.end - 1].utterance


def _cut(run: _Run, tokens: Sequence[_Token], kept: dict[int, Utterance], by: str) -> Gap:
    """Takes all but the first phrase out of `kept`."""
    end = run.end
    whole = run.begin + run.count * run.period
    is_at_end = end == len(tokens) or tokens[end].utterance != tokens[end - 1].utterance
    if not is_at_end:
        # What is behind the last whole phrase begins the next sentence.
        end = whole
    first, last = tokens[run.begin + run.period], tokens[end - 1]
    phrase = _phrase(run, tokens, kept)
    begin_s, end_s = kept[first.utterance].start_s, kept[last.utterance].end_s
    for place in range(first.utterance, last.utterance + 1):
        utterance = kept[place]
        cut_from = first.begin if place == first.utterance else 0
        cut_to = last.end if place == last.utterance else len(utterance.text)
        before = utterance.text[:cut_from].rstrip(JOINTS)
        after = utterance.text[cut_to:].lstrip(f"{JOINTS}{ENDS}")
        left = f"{before} {after}".strip()
        if not _TOKEN.search(left):
            del kept[place]
            continue
        kept[place], split_s = _shortened(utterance, left, before, after)
        begin_s = split_s if place == first.utterance and _TOKEN.search(before) else begin_s
        end_s = kept[place].start_s if _TOKEN.search(after) and not before.strip() else end_s
    return Gap(
        round(begin_s, 2),
        round(max(begin_s, end_s), 2),
        by,
        f'"{phrase}" {run.count} times in a row',
    )


def _shortened(utterance: Utterance, left: str, before: str, after: str) -> tuple[Utterance, float]:
    """The utterance with the text that is left, in its share of the time; and where the cut is."""
    span_s = utterance.end_s - utterance.start_s
    total = max(1, len(utterance.text))
    head, tail = _words_of(utterance, before, after)
    short = replace(utterance, text=left, words=(*head, *tail))
    has_before, has_after = bool(_TOKEN.search(before)), bool(_TOKEN.search(after))
    split_s = round(utterance.start_s + span_s * len(before) / total, 2)
    split_s = head[-1].end_s if head else split_s
    if has_before and has_after:
        return short, split_s
    if has_before:
        return replace(short, end_s=split_s), split_s
    start_s = round(utterance.end_s - span_s * len(after) / total, 2)
    return replace(short, start_s=tail[0].start_s if tail else start_s), split_s


def _words_of(
    utterance: Utterance, before: str, after: str
) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """The words of what is left before and after the cut; none where they are not, letter by
    letter, those of the text."""
    whole = _letters(utterance.text)
    if whole != _letters("".join(word.text for word in utterance.words)):
        return (), ()
    head: list[Word] = []
    tail: list[Word] = []
    place, head_end = 0, len(_letters(before))
    tail_begin = len(whole) - len(_letters(after))
    for word in utterance.words:
        end = place + len(_letters(word.text))
        if end <= head_end:
            head.append(word)
        elif place >= tail_begin:
            tail.append(word)
        place = end
    return tuple(head), tuple(tail)


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum()).casefold()


def _phrase(run: _Run, tokens: Sequence[_Token], kept: dict[int, Utterance]) -> str:
    words = [
        kept[token.utterance].text[token.begin : token.end]
        for token in tokens[run.begin : run.begin + run.period]
    ]
    glue = "" if all(len(word) == 1 and ord(word) >= 0x3040 for word in words) else " "
    phrase = glue.join(words)
    return phrase if len(phrase) <= SHOWN_CHARACTERS else f"{phrase[:SHOWN_CHARACTERS]}…"
