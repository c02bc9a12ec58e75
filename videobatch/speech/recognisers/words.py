"""Recognised words with times as utterances, split where the speaker pauses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from videobatch.records import Utterance, Word

PAUSE_S = 0.35
LONGEST_S = 15.0
MOST_WORDS = 30


def to_utterances(words: Iterable[Word], pause_s: float = PAUSE_S) -> tuple[Utterance, ...]:
    """The words as sentence-like lines.

    A line ends at a pause of `pause_s`; a line of more than `MOST_WORDS` words or `LONGEST_S`
    seconds is cut at its longest pause, again and again until every part is short enough.
    """
    lines: list[Utterance] = []
    run: list[Word] = []
    for word in words:
        if run and word.start_s - run[-1].end_s >= pause_s:
            lines.extend(_lines(run))
            run = []
        run.append(word)
    lines.extend(_lines(run))
    return tuple(lines)


def _lines(run: list[Word]) -> list[Utterance]:
    lines: list[Utterance] = []
    waiting = [run] if run else []
    while waiting:
        part = waiting.pop()
        if len(part) < 2 or (
            len(part) <= MOST_WORDS and part[-1].end_s - part[0].start_s <= LONGEST_S
        ):
            lines.append(_utterance(part))
            continue
        cut = _longest_pause(part)
        waiting += [part[cut:], part[:cut]]
    return lines


def _longest_pause(part: list[Word]) -> int:
    """The place of the cut: before the word that follows the longest gap, the middle one among
    equals."""
    middle = len(part) / 2
    return max(
        range(1, len(part)),
        key=lambda i: (round(part[i].start_s - part[i - 1].end_s, 2), -abs(i - middle)),
    )


def _utterance(part: list[Word]) -> Utterance:
    first = part[0].text
    words = (replace(part[0], text=first[:1].upper() + first[1:]), *part[1:])
    sure = [word.confidence for word in part if word.confidence is not None]
    return Utterance(
        start_s=round(part[0].start_s, 2),
        end_s=round(part[-1].end_s, 2),
        text=" ".join(word.text for word in words),
        confidence=round(sum(sure) / len(sure), 3) if sure else None,
        words=tuple(map(_rounded, words)),
    )


def _rounded(word: Word) -> Word:
    sure = None if word.confidence is None else round(word.confidence, 3)
    return Word(round(word.start_s, 2), round(word.end_s, 2), word.text, sure)
