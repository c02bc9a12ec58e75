"""Finds where a file's stamps begin anew in the middle, by a look at every packet where they
may."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from av.container import InputContainer

from videobatch.media.container import sniffing
from videobatch.media.container.source import open_media, opened
from videobatch.media.container.streams import may_jump, on_line, origin_s
from videobatch.media.container.timeline import Timeline

PACKETS_A_REPORT = 1_000


@dataclass(frozen=True, slots=True)
class Joined:
    """The joins of a file, its streams that take each other's place (see Probe), and its measured
    length in s; nothing of it for one whose stamps go on."""

    joins: tuple[float, ...] = ()
    heirs: tuple[tuple[int, ...], ...] = ()
    duration_s: float = 0.0


def find_joins(path: Path, root: Path, on_step: Callable[[], None] | None = None) -> Joined:
    """Finds whether and how the file was joined.

    All packets are read, but none is decoded, and only of a format in which stamps can begin
    anew: one that was joined by appending files, or is streamed. `on_step` is called as it goes.
    Raises as `open_media`.
    """
    with open_media(path, root) as container:
        if not (may_jump(container) or _can_be_appended(path, root, container)):
            return Joined()
        line = Timeline(may_jump=may_jump(container))
        for number, _ in enumerate(on_line(container, line)):
            if on_step is not None and number % PACKETS_A_REPORT == 0:
                on_step()
        joins = line.joins()
        if not joins:
            return Joined()
        kinds = [[s.index for s in container.streams if s.type == k] for k in ("audio", "video")]
        heirs = tuple(each for kind in kinds for each in successions(kind, line.streams()))
        return Joined(joins, heirs, max(0.0, line.end_s() - origin_s(container)))


def successions(streams: Sequence[int], parts: Sequence[Set[int]]) -> Iterator[tuple[int, ...]]:
    """Streams of one kind of which no two are in one part, the earlier ones first: each takes the
    place of those before it. One that has no heir is in none."""
    places = {each: {n for n, part in enumerate(parts) if each in part} for each in streams}
    left = sorted((each for each in streams if places[each]), key=lambda each: min(places[each]))
    while left:
        chain = [left.pop(0)]
        taken = set(places[chain[0]])
        for each in tuple(left):
            if not places[each] & taken:
                chain.append(each)
                taken |= places[each]
                left.remove(each)
        if len(chain) > 1:
            yield tuple(chain)


def _can_be_appended(path: Path, root: Path, container: InputContainer) -> bool:
    """True for a file that goes on behind its end, or has none."""
    name = container.format.name.partition(",")[0]
    if name == "flv":
        return True
    with opened(path, root) as file:
        descriptor = file.fileno()
        if name == "matroska":
            end = sniffing.segment_end(descriptor)
            return end is None or end < os.fstat(descriptor).st_size
        return name == "mov" and sniffing.is_fragmented(descriptor)
