"""Statements made of words: whole sentences where they are not too long, whatever parts the model
gave them in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from videobatch.records import Utterance, Word
from videobatch.speech.recognisers.whisper.decoding import HeardWord

END = re.compile(r"[.!?…。！？]['\"”’)\]」』]*$")
# A point that ends no sentence: a title, an initial, a number of a list, an abbreviation.
POINT_WITHIN = re.compile(
    r"^(?:mr|mrs|ms|dr|prof|st|vs|etc|fig|no|[a-z]|(?:[a-z]\.)+[a-z])\.$", re.IGNORECASE
)
CLAUSE = re.compile(r"[,;:，；：、—]$")
# A pause that ends a statement, whatever stands before it.
PAUSE_S = 2.0
# A sentence that is longer is cut at a clause, or at its longest pause.
LONGEST_S = 18.0
MOST_CHARACTERS = 300
# A comma counts like so much of a pause.
CLAUSE_S = 0.5


def statements_of(
    words: Iterable[HeardWord], shift_s: float, until_s: float
) -> tuple[Utterance, ...]:
    """The words as statements, each in one language, with times that are `shift_s` later and end
    at `until_s` at the latest."""
    found: list[Utterance] = []
    for run in _sentences(words):
        found += [_utterance(part, shift_s, until_s) for part in _short(run)]
    return tuple(found)


def _sentences(words: Iterable[HeardWord]) -> list[list[HeardWord]]:
    runs: list[list[HeardWord]] = []
    for word in words:
        last = runs[-1][-1] if runs else None
        if (
            last is None
            or word.language != last.language
            or word.word.start_s - last.word.end_s >= PAUSE_S
            or _is_end(last.word.text)
        ):
            runs.append([])
        runs[-1].append(word)
    return runs


def _is_end(text: str) -> bool:
    return bool(END.search(text)) and not POINT_WITHIN.match(text)


def _short(run: Sequence[HeardWord]) -> list[Sequence[HeardWord]]:
    """The parts of a sentence, none too long: cut where a pause or a comma is longest, and neither
    part is a scrap."""
    waiting, parts = [run], []
    while waiting:
        part = waiting.pop()
        lasts_s = part[-1].word.end_s - part[0].word.start_s
        if len(part) < 2 or (lasts_s <= LONGEST_S and len(_text(part)) <= MOST_CHARACTERS):
            parts.append(part)
            continue
        edge = len(part) // 4
        cut = max(range(max(1, edge), max(2, len(part) - edge)), key=lambda at: _break_s(part, at))
        waiting += [part[cut:], part[:cut]]
    return parts


def _break_s(part: Sequence[HeardWord], at: int) -> tuple[float, int]:
    before, after = part[at - 1].word, part[at].word
    pause_s = max(0.0, after.start_s - before.end_s)
    pause_s += CLAUSE_S if CLAUSE.search(before.text) else 0.0
    return round(pause_s, 2), -abs(2 * at - len(part))


def _text(part: Sequence[HeardWord]) -> str:
    return "".join(
        f" {each.word.text}" if each.is_apart else each.word.text for each in part
    ).strip()


def _utterance(part: Sequence[HeardWord], shift_s: float, until_s: float) -> Utterance:
    words = tuple(_shifted(each, shift_s, until_s) for each in part)
    sure = [word.confidence for word in words if word.confidence is not None]
    return Utterance(
        start_s=words[0].start_s,
        end_s=words[-1].end_s,
        text=_text(part),
        confidence=round(sum(sure) / len(sure), 3) if sure else None,
        words=words,
        language=part[0].language,
    )


def _shifted(heard: HeardWord, shift_s: float, until_s: float) -> Word:
    start_s = round(min(heard.word.start_s + shift_s, until_s), 2)
    end_s = round(min(heard.word.end_s + shift_s, until_s), 2)
    return replace(heard.word, start_s=start_s, end_s=max(start_s, end_s))
