"""One line of time for a file whose stamps begin anew, as a player shows it.

Recordings are joined by appending one file to another, broadcasts begin anew, and clocks run
over: the stamps jump back, or far ahead, in the middle of a file. A part ends there. The next one
goes on where it ended, for all streams alike. Whether a stamp jumps is asked of the whole file,
not of its stream alone: where the sound goes on while no picture comes for a minute, the gap is
real.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

# FFmpeg and players based on it take a longer jump ahead for a new beginning (dts_delta_threshold
# in fftools/ffmpeg_demux.c), where the format is one whose stamps may do that.
JUMP_AHEAD_S = 10.0
# Stamps of one stream never run back in a format with a clock; in others decoders' reordering
# makes them wriggle.
STEP_BACK_S, WRIGGLE_S = 0.1, 1.0
# A stream that is first seen further than this behind the others belongs to another recording.
LATE_S = 2.0


@dataclass(frozen=True, slots=True)
class Stamp:
    """The times of a packet, in seconds and as the file counts: when it is decoded, when
    it is shown (the one for the other where a file tells only one), until when; and its place in
    the file, where that is known. `is_sparse`: subtitles, whose gaps say nothing."""

    stream: int
    decoded_s: float
    shown_s: float
    length_s: float
    at_byte: int | None = None
    is_sparse: bool = False


@dataclass(slots=True)
class _Part:
    """A stretch without a jump: where it lies on the line as far as is known while it is read,
    and each stream's first and last time in it, as the file counts."""

    offset_s: float
    at_byte: int | None
    begins_s: dict[int, float] = field(default_factory=dict)
    ends_s: dict[int, float] = field(default_factory=dict)

    def note(self, stamp: Stamp) -> None:
        if not stamp.is_sparse:
            begin_s, end_s = stamp.shown_s, stamp.shown_s + stamp.length_s
            self.begins_s[stamp.stream] = min(begin_s, self.begins_s.get(stamp.stream, begin_s))
            self.ends_s[stamp.stream] = max(end_s, self.ends_s.get(stamp.stream, end_s))

    def end_s(self) -> float:
        return max(self.ends_s.values(), default=0.0) + self.offset_s

    def takes(self, stamp: Stamp) -> bool:
        """True if the stamp lies in the part or near it."""
        if not self.begins_s:
            return True
        first_s, last_s = min(self.begins_s.values()), max(self.ends_s.values())
        return first_s - JUMP_AHEAD_S <= stamp.shown_s <= last_s + JUMP_AHEAD_S


class Timeline:
    """Takes the stamps of all sound and pictures in the order of reading, and places them.

    `may_jump` is said of formats whose stamps may begin anew by their nature (MPEG transport and
    program streams): in others a gap is a gap, however long. With the `joins` of an earlier
    reading the places are exact; without, each part is put behind what was read by then. The same
    file gives the same places, whichever stream is wanted.
    """

    def __init__(self, *, may_jump: bool, joins: Sequence[float] = ()) -> None:
        self._may_jump = may_jump
        self._known = (0.0, *joins)
        self._parts = [_Part(0.0, None)]
        self._part_of: dict[int, int] = {}
        self._last: dict[int, Stamp] = {}
        self._read_bytes = 0

    def offset_s(self, stamp: Stamp) -> float:
        """The seconds to be added to the packet's stamps; 0 in the first part."""
        number = self._part(stamp)
        part = self._parts[number]
        part.note(stamp)
        self._part_of[stamp.stream] = number
        self._last[stamp.stream] = stamp
        self._read_bytes = max(self._read_bytes, stamp.at_byte or 0)
        return self._known[number] if number < len(self._known) else part.offset_s

    def joins(self) -> tuple[float, ...]:
        """The offset of each part but the first, now that all is read: no stream lies over
        itself, and the sound keeps its place beside the pictures."""
        found: list[float] = []
        offset_s = 0.0
        for before, part in zip(self._parts, self._parts[1:], strict=False):
            common = before.ends_s.keys() & part.begins_s.keys()
            steps = [before.ends_s[each] - part.begins_s[each] for each in common]
            if not steps:
                last_s = max(before.ends_s.values(), default=0.0)
                steps = [last_s - min(part.begins_s.values(), default=0.0)]
            offset_s += max(steps)
            found.append(offset_s)
        return tuple(found)

    def end_s(self) -> float:
        """The end of the line, counted as the first part's stamps are."""
        offsets = (0.0, *self.joins())
        ends = [
            end_s + offset_s
            for part, offset_s in zip(self._parts, offsets, strict=True)
            for end_s in part.ends_s.values()
        ]
        return max(ends, default=0.0)

    def _part(self, stamp: Stamp) -> int:
        newest = len(self._parts) - 1
        last = self._last.get(stamp.stream)
        if stamp.is_sparse:
            return self._by_place(stamp, 0, newest)
        if last is None:
            found = self._by_place(stamp, 0, newest)
            return self._next(stamp, found) if self._is_foreign(stamp, found) else found
        now = self._by_place(stamp, self._part_of[stamp.stream], None)
        if now != self._part_of[stamp.stream] or not self._jumps(stamp, last, self._parts[now]):
            return now
        return self._next(stamp, now)

    def _next(self, stamp: Stamp, number: int) -> int:
        """The part behind this one that the stamp is of: a new one, behind all that was read, if
        no other stream has begun it. Packets are read a little out of order."""
        for later in range(number + 1, len(self._parts)):
            if self._parts[later].takes(stamp):
                return later
        line_s = max(part.end_s() for part in self._parts)
        # A place before what was read says nothing: the file is not read from front to back.
        is_ahead = stamp.at_byte is not None and stamp.at_byte >= self._read_bytes
        at_byte = stamp.at_byte if is_ahead else None
        self._parts.append(_Part(line_s - stamp.shown_s, at_byte))
        return len(self._parts) - 1

    def _is_foreign(self, stamp: Stamp, number: int) -> bool:
        """True for a stream that begins in the middle of a file with stamps of another time: the
        recordings that were joined have other numbers for their streams."""
        part = self._parts[number]
        if not self._may_jump or not part.ends_s:
            return False
        begin_s, end_s = min(part.begins_s.values()), max(part.ends_s.values())
        if end_s - begin_s < LATE_S:
            return False
        return not end_s - LATE_S <= stamp.shown_s <= end_s + JUMP_AHEAD_S

    def streams(self) -> list[set[int]]:
        """The streams of sound and pictures in each part."""
        return [set(part.ends_s) for part in self._parts]

    def _by_place(self, stamp: Stamp, least: int, unknown: int | None) -> int:
        """The last part that begins before the packet's place in the file."""
        if stamp.at_byte is None:
            return least if unknown is None else unknown
        for number in range(len(self._parts) - 1, least, -1):
            begins_at = self._parts[number].at_byte
            if begins_at is not None and begins_at <= stamp.at_byte:
                return number
        return least

    def _jumps(self, stamp: Stamp, last: Stamp, part: _Part) -> bool:
        step_s = stamp.decoded_s - last.decoded_s
        if step_s < -(STEP_BACK_S if self._may_jump else WRIGGLE_S):
            return True
        if not self._may_jump or step_s - last.length_s <= JUMP_AHEAD_S:
            return False
        return stamp.shown_s + part.offset_s > part.end_s() + JUMP_AHEAD_S
