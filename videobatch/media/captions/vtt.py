"""WebVTT (https://www.w3.org/TR/webvtt1/): blocks that an empty line ends, and only an empty one:
a line of one space goes on, as captions that were made by machine have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from videobatch.media.captions.cues import Cue, plain_line, shown
from videobatch.media.captions.times import looks_like_times, read_times

_SILENT = ("NOTE", "STYLE", "REGION", "WEBVTT")
_HEADERS = ("Kind:", "Language:", "X-TIMESTAMP-MAP", "Region:", "Style:", "##")


def read_vtt(lines: Sequence[str]) -> tuple[list[Cue], int, int]:
    """The cues, how many have times that cannot be read, and how many lines belong to no cue."""
    cues: list[Cue] = []
    unread = stray = 0
    for block in _blocks(lines):
        starts = [place for place, line in enumerate(block) if read_times(line)]
        if starts[:1] != [0]:
            unread_here, stray_here = _outside(block[: starts[0]] if starts else block, starts)
            unread += unread_here
            stray += stray_here
        for start, end in zip(starts, [*starts[1:], len(block)], strict=False):
            times = read_times(block[start])
            if times is not None:
                text = "\n".join([times.text, *block[start + 1 : end]])
                cues.extend(shown(times.start_s, times.end_s, text))
    return cues, unread, stray


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in [*lines, ""]:
        if line:
            block.append(line)
        elif block:
            yield block
            block = []


def _outside(lines: Sequence[str], starts: Sequence[int]) -> tuple[int, int]:
    """Counts unreadable cues and lines without a cue that stand before a block's times."""
    if lines[0].lstrip("\ufeff").startswith(_SILENT):
        return 0, 0
    said = [line for line in lines if plain_line(line) and not line.startswith(_HEADERS)]
    if unread := sum(1 for line in said if looks_like_times(line)):
        return unread, 0
    # The line before the times is the cue's name.
    return 0, len(said[:-1] if starts else said)
