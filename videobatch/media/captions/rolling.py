"""Rolling captions, each line once.

Programs that caption by machine, and roll-up captions of broadcasts, repeat in each cue what stood
in the one before it: the last line again with the next below it, cues of 10 ms between them, or a
line that grows word by word. Said is only what is new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from videobatch.media.captions.cues import Cue

# Between cues of one run of text; behind a longer pause the screen was empty.
PAUSE_S = 1.0
# A cue that only holds the last line while it rolls.
FLASH_S = 0.06
# So many of the cues must repeat the one before for a file to be a rolling one.
LEAST_SHARE = 0.4
LEAST_TOKENS, MOST_TOKENS = 3, 400

# Scripts without spaces: each sign is a word.
_SIGN = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
_TOKEN = re.compile(rf"[{_SIGN}]|[^\s{_SIGN}]+")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A cue's words, each with the line that it stands in and where it begins there."""

    words: tuple[str, ...]
    places: tuple[tuple[int, int], ...]

    def begins_line(self, word: int) -> bool:
        return word == 0 or self.places[word][0] != self.places[word - 1][0]


def unrolled(cues: Sequence[Cue]) -> tuple[list[Cue], bool]:
    """The cues, in order of time, with what is new in each; and whether any was repeated."""
    words = [_shown(cue) for cue in cues]
    if not _is_rolling(cues, words):
        return list(cues), False
    found: list[Cue] = []
    for place, cue in enumerate(cues):
        known = 0
        if place and _follows(cues[place - 1], cue):
            known = _repeated(words[place - 1], words[place])
        lines = _lines_from(cue, words[place], known)
        if lines:
            found.append(replace(cue, lines=lines))
    return found, True


def _shown(cue: Cue) -> _Shown:
    words = [
        (match.group(), (number, match.start()))
        for number, line in enumerate(cue.lines)
        for match in _TOKEN.finditer(line)
    ]
    return _Shown(tuple(word for word, _ in words), tuple(place for _, place in words))


def _is_rolling(cues: Sequence[Cue], words: Sequence[_Shown]) -> bool:
    """A song's refrain repeats whole cues; what rolls brings something new, or flashes."""
    followed = rolled = tokens = 0
    for (one, other), (before, now) in zip(pairwise(cues), pairwise(words), strict=True):
        if not _follows(one, other):
            continue
        followed += 1
        count = _repeated(before, now)
        is_new = count < len(now.words)
        if count and (is_new or other.end_s - other.start_s <= FLASH_S):
            rolled += 1
            tokens += count
    if followed <= 2:
        return rolled == followed and tokens >= LEAST_TOKENS
    return rolled >= max(2, LEAST_SHARE * followed)


def _follows(one: Cue, other: Cue) -> bool:
    return other.start_s - one.end_s <= PAUSE_S


def _repeated(before: _Shown, now: _Shown) -> int:
    """Counts the words at the begin of a cue that stood at the end of the one before: whole lines,
    all of it, or so many that it is no chance."""
    most = min(len(before.words), len(now.words), MOST_TOKENS)
    for count in range(most, 0, -1):
        first = len(before.words) - count
        if before.words[first:] != now.words[:count]:
            continue
        is_whole = _ends_line(now, count) or count == len(before.words)
        if count >= LEAST_TOKENS or (before.begins_line(first) and is_whole):
            return count
    return 0


def _ends_line(shown: _Shown, count: int) -> bool:
    return count == len(shown.words) or shown.begins_line(count)


def _lines_from(cue: Cue, shown: _Shown, word: int) -> tuple[str, ...]:
    """The cue's lines from that word on."""
    return tuple(_rest(cue, shown, word))


def _rest(cue: Cue, shown: _Shown, word: int) -> Iterator[str]:
    if word == 0:
        yield from cue.lines
    elif word < len(shown.words):
        line, start = shown.places[word]
        yield cue.lines[line][start:]
        yield from cue.lines[line + 1 :]


def once(cues: Iterable[Cue]) -> list[Cue]:
    """The cues without those that another one equals in times and words: layers of one text."""
    return list(dict.fromkeys(cues))
