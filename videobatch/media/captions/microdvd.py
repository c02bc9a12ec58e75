"""MicroDVD: cues by numbers of frames, `{25}{75}Hello|there`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pysubs2.formats.microdvd import MICRODVD_LINE
from pysubs2.time import frames_to_ms

from videobatch.errors import InputError
from videobatch.media.captions.cues import Cue, shown

_RATES = (10.0, 120.0)
_LIKE = re.compile(r"\s*\{\s*\d*\s*\}\s*\{")


def is_microdvd(lines: Sequence[str]) -> bool:
    first = next((line for line in lines if line.strip()), "")
    return MICRODVD_LINE.match(first) is not None


def read_microdvd(lines: Sequence[str]) -> tuple[list[Cue], int]:
    """The cues, and how many lines cannot be read.

    The first one has to give the frame rate, `{1}{1}25.000`, as players read it: by a guessed rate
    the times would be wrong. Raises InputError (`bad_subtitles`).
    """
    rate: float | None = None
    cues: list[Cue] = []
    unread = 0
    for line in lines:
        match = MICRODVD_LINE.match(line)
        if match is None:
            unread += _LIKE.match(line) is not None
            continue
        start, end, text = int(match.group(1)), int(match.group(2)), match.group(3)
        if rate is None:
            rate = _rate(start, end, text)
            continue
        times = [frames_to_ms(frame, rate) / 1000 for frame in (start, end)]
        cues.extend(shown(times[0], times[1], text.replace("|", "\n")))
    return cues, unread


def _rate(start: int, end: int, text: str) -> float:
    try:
        rate = float(text.strip().replace(",", "."))
    except ValueError:
        rate = 0.0
    if start != end or start > 1 or not _RATES[0] <= rate <= _RATES[1]:
        raise InputError(
            "it counts frames and does not say how many there are in a second",
            hint="save it as SRT",
            code="bad_subtitles",
        )
    return rate
