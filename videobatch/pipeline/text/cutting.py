"""Whole sentences with their times, cut from utterances that begin and end anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from videobatch.pipeline.text.lexicon import lexicon
from videobatch.records import Utterance

CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
# A speaker pauses in the middle of a sentence, and subtitles come and go; after so long it is over.
PAUSE_S = 3.0
# Longer ones are cut at the best place, or one mark that was not heard would join a whole talk.
MOST_CHARS, MOST_S = 400, 45.0
CLOSERS = "'\"”’)\\]»」』）】"
ENDED = re.compile(rf"(?:[.!?…。！？]|\.\.\.)[{CLOSERS}]*$")
ENDED_IN_CJK = re.compile(rf"[。！？][{CLOSERS}]*$")
WIDE_MARK = re.compile(r"[\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]")
CLAUSE = re.compile(rf"[,;:，；：、—][{CLOSERS}]*$")
# Words, and the sentences of scripts that write no spaces.
PIECE = re.compile(rf"[^\s。！？]+(?:[。！？]+[{CLOSERS}]*)?|[。！？]+[{CLOSERS}]*")
INITIAL = re.compile(r"^(?:[A-Z]\.)+$")
BARE = re.compile(rf"^[\"'“‘(\[«「『（]+|[{CLOSERS}.]+$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or what stands between two marks where words are not apart. `spaced` is true where a
    space goes before it, `first` where its utterance begins."""

    start_s: float
    end_s: float
    text: str
    spaced: bool
    first: bool
    confidence: float | None


def sentences(lines: Sequence[Utterance]) -> Iterator[Utterance]:
    """The sentences of lines that follow each other; `speaker` is that of each. None goes across a
    change of speaker or a pause of `PAUSE_S`; of a longer one than `MOST_CHARS` or `MOST_S`, parts.
    The lines must be in order of time and hold text."""
    run: list[Piece] = []
    speaker: str | None = None
    for line in lines:
        if run and line.speaker != speaker:
            yield from _spoken(run, speaker)
            run = []
        speaker = line.speaker
        for piece in pieces(line):
            if run and _ends(run, piece):
                yield from _spoken(run, speaker)
                run = []
            run.append(piece)
    yield from _spoken(run, speaker)


def is_ended(text: str) -> bool:
    """True for a text that ends as a sentence does."""
    return ENDED.search(text) is not None


def pieces(line: Utterance) -> list[Piece]:
    """The words of the utterance, at their own times where it has them and they fit its text, else
    in proportion to their length."""
    return _timed(line) or _proportional(line)


def _timed(line: Utterance) -> list[Piece]:
    found: list[Piece] = []
    at = 0
    for word in line.words:
        text = word.text.strip()
        rest = line.text[at:]
        place = at + len(rest) - len(rest.lstrip())
        if not text or not line.text.startswith(text, place):
            return []
        found.append(Piece(word.start_s, word.end_s, text, place > at, not found, line.confidence))
        at = place + len(text)
    return [] if line.text[at:].strip() else found


def _proportional(line: Utterance) -> list[Piece]:
    span_s = max(0.0, line.end_s - line.start_s)
    total = max(1, len(line.text))
    return [
        Piece(
            line.start_s + span_s * found.start() / total,
            line.start_s + span_s * found.end() / total,
            found.group(),
            spaced=found.start() > 0 and line.text[found.start() - 1].isspace(),
            first=found.start() == 0,
            confidence=line.confidence,
        )
        for found in PIECE.finditer(line.text)
    ]


def _ends(run: Sequence[Piece], following: Piece) -> bool:
    last = run[-1]
    if following.start_s - last.end_s >= PAUSE_S or ENDED_IN_CJK.search(last.text):
        return True
    if not is_ended(last.text) or not (following.spaced or following.first):
        return False
    # The number of a list: "1. Water".
    is_number = len(run) == 1 and last.text.rstrip(".").isdigit()
    return not (is_number or _goes_on(last.text, following.text))


def _goes_on(word: str, following: str) -> bool:
    """True where the mark after the word ends no sentence: after abbreviations and initials, and
    where a sentence goes on after what it quotes or after dots."""
    opening, bare = BARE.sub("", following)[:1], BARE.sub("", word)
    if opening.islower() and re.search(rf"(?:\.\.|…|[.!?…][{CLOSERS}])$", word):
        return True
    if not re.search(rf"\.[{CLOSERS}]*$", word):
        return False
    if bare.lower() in lexicon("titles"):
        return opening.isalnum()
    if INITIAL.match(f"{bare}."):
        # A name follows an initial: "divided by B. The result …" is the end of a sentence.
        return opening.isalnum() and BARE.sub("", following).lower() not in lexicon("determiners")
    if bare.lower() in lexicon("before_numbers") and opening.isdigit():
        return True
    shortened = lexicon("abbreviations") | lexicon("before_numbers")
    return bare.lower() in shortened and not opening.isupper()


def _spoken(run: Sequence[Piece], speaker: str | None) -> Iterator[Utterance]:
    """The pieces as an utterance, or as several where they are too long for one."""
    if not run:
        return
    length = sum(len(piece.text) + piece.spaced for piece in run)
    if len(run) > 1 and (length > MOST_CHARS or run[-1].end_s - run[0].start_s > MOST_S):
        at = _best_cut(run)
        yield from _spoken(run[:at], speaker)
        yield from _spoken(run[at:], speaker)
        return
    yield Utterance(run[0].start_s, run[-1].end_s, _text(run), _confidence(run), speaker)


def _best_cut(run: Sequence[Piece]) -> int:
    """The place to cut too long a sentence: in its middle half, at the longest pause, the end of a
    clause, the end of an utterance, whichever says most."""
    low, high = max(1, len(run) // 4), max(2, 3 * len(run) // 4 + 1)

    def worth(at: int) -> tuple[float, float]:
        gap_s = max(0.0, run[at].start_s - run[at - 1].end_s)
        clause = bool(CLAUSE.search(run[at - 1].text)) or is_ended(run[at - 1].text)
        return gap_s + 0.5 * clause + 0.3 * run[at].first, -abs(at - len(run) / 2)

    return max(range(low, min(high, len(run))), key=worth)


def are_apart(before: str, after: str) -> bool:
    """True where a space stands between two texts: not between those of Chinese or Japanese, nor at
    their marks."""
    last, first = before[-1:], after[:1]
    is_marked = WIDE_MARK.match(last) or WIDE_MARK.match(first)
    return not (is_marked or (CJK.match(last) and CJK.match(first)))


def _text(run: Sequence[Piece]) -> str:
    parts = [run[0].text]
    for before, piece in pairwise(run):
        is_apart = are_apart(before.text, piece.text) if piece.first else piece.spaced
        # Recognisers put a space behind a Chinese mark now and then.
        apart = is_apart and not WIDE_MARK.match(before.text[-1])
        parts.append(f" {piece.text}" if apart else piece.text)
    return "".join(parts)


def _confidence(run: Sequence[Piece]) -> float | None:
    known = [(p.confidence, len(p.text)) for p in run if p.confidence is not None]
    total = sum(length for _, length in known)
    return sum(c * length for c, length in known) / total if total else None
