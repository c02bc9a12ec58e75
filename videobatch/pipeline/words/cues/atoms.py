"""The text of an utterance as words that have times: those that a recogniser gave, else shares of
the utterance's own in proportion to length."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import ceil

from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.words.cues.rules import (
    LINES,
    MOST_MS,
    WIDE,
    WIDE_LINE_HALVES,
    extent,
    line_limit,
)
from videobatch.records import Utterance, Word

MOST_CHARS = 100_000
# Texts that differ are compared letter by letter, which takes the square of their length.
MOST_COMPARED = 4000
MARKS = frozenset(("Mn", "Mc", "Me", "Cf"))
HANGUL = range(0xAC00, 0xD7A4)


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of text that stays in one: a word with its punctuation, or one character of a script
    without spaces. `glue` is what stands before it on a line. It is `inside` where a
    recogniser heard it as one word with what is before it. After what `leads` comes no cut: a name
    before the words."""

    start_s: float
    end_s: float
    text: str
    glue: str = " "
    inside: bool = False
    leads: bool = False


def atoms_of(utterance: Utterance) -> list[Atom]:
    """The words of the utterance in order, each once, with times that do not go back; none is said
    for longer than a cue is shown."""
    text = plain(utterance.text, MOST_CHARS)
    pieces = [(glue, piece) for chunk in text.split(" ") if chunk for glue, piece in _pieces(chunk)]
    if not pieces:
        return []
    clock = _Clock("".join(piece for _, piece in pieces), utterance)
    found: list[Atom] = []
    place, now_s = 0, 0.0
    for glue, piece in pieces:
        start_s, is_inside = max(now_s, clock.starts_s[place]), clock.inside[place]
        place += len(piece)
        now_s = max(start_s, clock.ends_s[place - 1])
        end_s = min(now_s, start_s + MOST_MS / 1000)
        found.append(Atom(start_s, end_s, piece, glue, not glue and is_inside))
    return found


def _pieces(chunk: str) -> Iterator[tuple[str, str]]:
    """The parts of what stands between two spaces, the first glued on with a space."""
    glue = " "
    for part in _characters(chunk) if _has_no_spaces(chunk) else [chunk]:
        for piece in _short_enough(part):
            yield glue, piece
            glue = ""


def _has_no_spaces(chunk: str) -> bool:
    return any(WIDE.match(char) and ord(char) not in HANGUL for char in chunk)


def _characters(chunk: str) -> Iterator[str]:
    """Single characters of the wide scripts, with what belongs to them: closing punctuation
    and marks behind, opening punctuation before; other words whole."""
    part, is_open = "", False
    for char in chunk:
        category = unicodedata.category(char)
        is_closing = category in ("Pe", "Pf", "Po", "Pd", "Lm", "Sk") or category in MARKS
        is_inside = bool(part) and not WIDE.match(char) and not WIDE.match(part[-1])
        if part and not is_open and not is_closing and not is_inside:
            yield part
            part = ""
        part += char
        is_open = category in ("Ps", "Pi")
    if part:
        yield part


def _short_enough(piece: str) -> Iterator[str]:
    """The piece, broken where it is longer than a line of any cue."""
    _, is_wide = extent(piece)
    most = WIDE_LINE_HALVES // 2 if is_wide else WIDE_LINE_HALVES
    while piece:
        end = min(len(piece), most)
        # Marks stay with their letter.
        while 1 < end < len(piece) and unicodedata.category(piece[end]) in MARKS:
            end -= 1
        yield piece[:end]
        piece = piece[end:]


class _Clock:
    """The times at which each character of a text begins and ends, white space left out; and which
    are `inside` of a word that was heard."""

    def __init__(self, text: str, utterance: Utterance) -> None:
        words = [word for word in utterance.words if word.text.strip()]
        whole = _whole(utterance, text)
        heard = _spread(words or [whole])
        self.starts_s, self.ends_s = heard.starts_s, heard.ends_s
        self.inside = heard.inside if words else [False] * len(text)
        if words and not _is_same(heard.letters, text):
            known = _equal(text, heard.letters)
            self.inside = [False] * len(text)
            for place, source in known:
                self.inside[place] = heard.inside[source]
            self.starts_s, self.ends_s = _between(text, heard, known, whole)


@dataclass(frozen=True, slots=True)
class _Letters:
    """All letters of words, with their times, and True for those that do not begin a word."""

    letters: str
    starts_s: list[float]
    ends_s: list[float]
    inside: list[bool]


def _whole(utterance: Utterance, text: str) -> Word:
    """The utterance as one word. Few words over a long time are said at its beginning."""
    start_s = max(0.0, utterance.start_s)
    size, is_wide = extent(text)
    most_s = MOST_MS / 1000 * ceil(size / (LINES * line_limit(is_wide)))
    return Word(start_s, min(max(start_s, utterance.end_s), start_s + most_s), text)


def _spread(words: Sequence[Word]) -> _Letters:
    """The letters of the words; a word's time is even within it."""
    letters: list[str] = []
    starts_s: list[float] = []
    ends_s: list[float] = []
    inside: list[bool] = []
    for word in words:
        text = "".join(word.text.split())
        start_s = max(0.0, word.start_s)
        end_s = max(start_s, word.end_s)
        step_s = (end_s - start_s) / max(1, len(text))
        letters.append(text)
        starts_s += [start_s + step_s * n for n in range(len(text))]
        ends_s += [*(start_s + step_s * n for n in range(1, len(text))), end_s][-len(text) :]
        inside += [n > 0 for n in range(len(text))]
    return _Letters("".join(letters), starts_s, ends_s, inside)


def _is_same(one: str, other: str) -> bool:
    return len(one) == len(other) and one.casefold() == other.casefold()


def _equal(text: str, heard: str) -> list[tuple[int, int]]:
    """The places of letters that are in both, in order; none where it would take too long."""
    if max(len(text), len(heard)) > MOST_COMPARED:
        return []
    # Letter by letter: lower case may have another length.
    match = SequenceMatcher(
        None, [c.casefold() for c in text], [c.casefold() for c in heard], autojunk=False
    )
    return [
        (block.a + n, block.b + n)
        for block in match.get_matching_blocks()
        for n in range(block.size)
    ]


def _between(
    text: str, heard: _Letters, known: Sequence[tuple[int, int]], whole: Word
) -> tuple[list[float], list[float]]:
    """Times for a text that is not letter by letter what was heard: equal letters have theirs,
    what lies between shares the time between."""
    starts_s, ends_s = [0.0] * len(text), [0.0] * len(text)
    done, now_s = 0, whole.start_s
    if known:
        now_s = min(now_s, heard.starts_s[known[0][1]])
    for place, source in [*known, (len(text), None)]:
        until_s = max(now_s, whole.end_s if source is None else heard.starts_s[source])
        step_s = (until_s - now_s) / max(1, place - done)
        for n in range(done, place):
            starts_s[n], ends_s[n] = now_s + step_s * (n - done), now_s + step_s * (n - done + 1)
        if source is not None:
            starts_s[place], now_s = heard.starts_s[source], heard.ends_s[source]
            ends_s[place] = now_s
        done = place + 1
    return starts_s, ends_s
