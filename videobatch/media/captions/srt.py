"""SubRip as it is found. What begins a cue is its line of times, and nothing else: blank lines
inside a cue, missing ones between cues, and numbers that are missing or wrong do no harm."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from videobatch.media.captions.cues import Cue, plain_line, shown
from videobatch.media.captions.times import CueTimes, looks_like_times, read_times

_NUMBER = re.compile(r"#?\s?(\d{1,7})\s?[.):]?$")


@dataclass(frozen=True, slots=True)
class _Head:
    """The begin of a cue: the line of its number (else of its times), the line behind them, its
    times (None: they cannot be read) and its number."""

    first: int
    body: int
    times: CueTimes | None
    number: int | None


@dataclass(frozen=True, slots=True)
class SubRip:
    """The cues as they stand in the file, how many have times that cannot be read, how many lines
    of text belong to no cue, and how often the times begin anew."""

    cues: list[Cue]
    unread: int
    stray: int
    restarts: int


def read_srt(lines: Sequence[str]) -> SubRip:
    """Reads the whole file. Where it is several in one, the next begins where the one before it
    ends: number and times begin anew there, and the words would lie over one another."""
    heads = list(_heads(lines))
    first = heads[0].first if heads else len(lines)
    stray = sum(1 for line in lines[:first] if plain_line(line))
    cues: list[Cue] = []
    unread = restarts = 0
    offset_s = begun_s = end_s = 0.0
    ends = [head.first for head in heads[1:]] + [len(lines)]
    for head, end in zip(heads, ends, strict=False):
        text = "\n".join([head.times.text if head.times else "", *lines[head.body : end]])
        if head.times is not None:
            if head.number == 1 and cues and head.times.start_s + offset_s < begun_s:
                restarts, offset_s = restarts + 1, end_s
            begun_s = head.times.start_s + offset_s
            end_s = max(end_s, head.times.end_s + offset_s)
            cues.extend(shown(begun_s, head.times.end_s + offset_s, text))
        elif plain_line(text):
            unread += 1
    return SubRip(cues, unread, stray, restarts)


def _heads(lines: Sequence[str]) -> Iterator[_Head]:
    """Each cue's begin. A number in front of the times is the cue's, unless it may be said."""
    last: int | None = None
    is_numbered: bool | None = None
    body = 0
    for place, line in enumerate(lines):
        if not line:
            continue
        times = read_times(line)
        if times is None and not (looks_like_times(line) and _begins(lines, place)):
            continue
        at = _number_line(lines, place, body, last, is_numbered=is_numbered)
        number = times.number if times else None
        if at is not None:
            number_match = _NUMBER.match(lines[at].strip())
            number = int(number_match.group(1)) if number_match else None
        if is_numbered is None:
            is_numbered = number is not None
        last = number if number is not None else last
        body = place + 1
        yield _Head(place if at is None else at, body, times, number)


def _begins(lines: Sequence[str], place: int) -> bool:
    """True where a cue may begin: behind a blank line or a number."""
    before = lines[place - 1] if place else ""
    return not before.strip() or _NUMBER.match(before.strip()) is not None


def _number_line(
    lines: Sequence[str], place: int, body: int, last: int | None, *, is_numbered: bool | None
) -> int | None:
    """The line of the cue's number before the times at `place`, or None: it stands right before
    them, and behind a blank line, or is the next number; behind blank lines only the next one."""
    at = place - 1
    while at >= body and not lines[at].strip():
        at -= 1
    match = _NUMBER.match(lines[at].strip()) if at >= body else None
    if match is None:
        return None
    number = int(match.group(1))
    is_next = last is not None and number == last + 1
    if at < place - 1:
        return at if is_next or (last is None and is_numbered is None) else None
    if is_numbered is None or is_next:
        return at
    stands_apart = at == body or not lines[at - 1].strip()
    # A cue of a numbered file may say no more than a number; then its own number comes behind it.
    is_said = at == body and not is_next
    return at if is_numbered and stands_apart and not is_said else None
