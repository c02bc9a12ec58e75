"""Whether a file's stamps begin anew in the middle, by a look at every packet where they may."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from av.container import InputContainer

from videobatch.media import sniffing
from videobatch.media.source import open_media, opened
from videobatch.media.streams import may_jump, on_line, origin_s
from videobatch.media.timeline import Timeline

PACKETS_A_REPORT = 1_000


def find_joins(
    path: Path, root: Path, on_step: Callable[[], None] | None = None
) -> tuple[tuple[float, ...], float]:
    """The joins of the file (see Probe) and its measured length in s; `()` and 0 for one whose
    stamps go on.

    All packets are read, but none is decoded, and only of a format in which stamps can begin
    anew: one that was joined by appending files, or is streamed. `on_step` is called as it goes.
    Raises as `open_media`.
    """
    with open_media(path, root) as container:
        if not (may_jump(container) or _can_be_appended(path, root, container)):
            return (), 0.0
        line = Timeline(may_jump=may_jump(container))
        for number, _ in enumerate(on_line(container, line)):
            if on_step is not None and number % PACKETS_A_REPORT == 0:
                on_step()
        joins = line.joins()
        return joins, max(0.0, line.end_s() - origin_s(container)) if joins else 0.0


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
