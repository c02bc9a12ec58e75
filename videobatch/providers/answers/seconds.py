"""The times that models write, in many ways, as seconds."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{1,2}(?:[.,]\d+)?)")
_SPOKEN = re.compile(
    r"(?:PT)?(?:(\d+)\s*h\s*)?(?:(\d+)\s*m(?:in)?\s*)?(?:(\d+(?:[.,]\d+)?)\s*s(?:ec(?:onds?)?)?)?",
    re.IGNORECASE,
)
_MILLISECONDS = re.compile(r"(\d+(?:[.,]\d+)?)\s*ms", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_LONGEST_TIME = 32


def seconds_of(value: Any) -> Any:
    """Seconds from what models write for a time: 75, "75.5", "75.5s", "01:15", "0:01:15,5",
    "1m15s", "75500ms". Anything else comes back as it is, for a check to refuse."""
    if isinstance(value, bool) or not isinstance(value, str) or len(value) > _LONGEST_TIME:
        return value
    text = value.strip().strip("[]()").strip()
    if _NUMBER.fullmatch(text):
        return _float(text)
    if (found := _MILLISECONDS.fullmatch(text)) is not None:
        return _float(found[1]) / 1000
    if (found := _CLOCK.fullmatch(text)) is not None:
        hours, minutes, seconds = found.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + _float(seconds)
    if text and (found := _SPOKEN.fullmatch(text)) is not None and any(found.groups()):
        hours, minutes, seconds = found.groups()
        return int(hours or 0) * 3600 + int(minutes or 0) * 60 + _float(seconds or "0")
    return value


def in_seconds(starts: Sequence[float], longest_s: float) -> float:
    """The unit of an answer's times, in seconds: 0.001 where the starts can only be milliseconds
    of a sound of that length, else 1."""
    latest = max(starts, default=0.0)
    are_whole = all(float(start).is_integer() for start in starts)
    fits = latest / 1000 <= longest_s + 1.0
    return 0.001 if are_whole and fits and latest > 2 * longest_s + 60 else 1.0


def _float(text: str) -> float:
    number = float(text.replace(",", "."))
    return number if math.isfinite(number) else 0.0
