"""The line of times at the head of a cue, as people and programs write it.

`00:01:02,500 --> 00:01:05.000 align:start` is what should stand there. Found as well are a colon or
a full-width comma before the milliseconds, spaces, dashes and real arrows, more or fewer digits,
hours left out, the number of the cue before it, and text behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Wide forms of East Asian input methods, and look-alikes.
_NARROW = str.maketrans(
    "０１２３４５６７８９：，．；。、－—–―−‐‑＝～〜＞›»　\u00a0",
    "0123456789:,.;..-------=~~>>>  ",
)
_STAMP = r"[+-]?\s*\d{1,6}(?:\s*[:;]\s*\d{1,4}){1,3}(?:\s*[.,]\s*\d{1,9}|\s\d{3}(?!\d))?"
_ARROW = r"(?:[-=~]\s*)*(?:>|&gt;|→|⟶|➔|➜|⇒)+"
_STRONG = re.compile(rf"\s*(?:(\d{{1,6}})\s*[.):#]?\s+)?({_STAMP})\s*{_ARROW}\s*({_STAMP})(.*)$")
# A dash or a comma stands between other numbers too: then both must be whole times.
_WHOLE = r"\d{1,2}\s*:\s*\d{1,2}\s*:\s*\d{1,2}\s*[.,:]\s*\d{1,4}"
_WEAK = re.compile(
    rf"\s*(?:(\d{{1,6}})\s*[.):#]?\s+)?({_WHOLE})\s*(?:[-~]+|,|to)\s*({_WHOLE})(.*)$"
)
_PARTS = re.compile(r"[:;]")
_SETTINGS = re.compile(
    r"(?:\s*(?:[XY][12]\s*:\s*-?\d+|(?:align|line|position|size|vertical|region|A|D|L|S|T)"
    r"\s*:\s*[\w%.,+-]+|\{[^{}]*\}))*\s*$",
    re.IGNORECASE,
)
_LIKE = re.compile(rf"\s*\S{{0,12}}\d.*{_ARROW}|\s*{_ARROW}\s*\d")
MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class CueTimes:
    """The content of a line of times, in seconds; `text` is what stands behind it and is to be
    shown."""

    start_s: float
    end_s: float
    text: str = ""
    number: int | None = None


def read_times(line: str) -> CueTimes | None:
    """The times, or None where the line is none that can be read with certainty."""
    if not any(c.isdigit() for c in line[:40]):
        return None
    head = line[:MOST_CHARACTERS].translate(_NARROW)
    match = _STRONG.match(head) or _WEAK.match(head)
    if match is None:
        return None
    number, start, end, _ = match.groups()
    start_s, end_s = _seconds(start), _seconds(end)
    if start_s is None or end_s is None:
        return None
    if number is None and start_s > end_s:
        start_s = _without_number(start, end_s, start_s)
    behind = line[match.start(4) :]
    text = "" if _SETTINGS.match(behind.translate(_NARROW)[:MOST_CHARACTERS]) else behind.strip()
    return CueTimes(start_s, end_s, text, int(number) if number else None)


def looks_like_times(line: str) -> bool:
    """True for a line that is meant to be one of times, though `read_times` cannot read it."""
    return bool(_LIKE.match(line[:MOST_CHARACTERS].translate(_NARROW)))


def _seconds(stamp: str) -> float | None:
    """`1:02:03,5`, `02:03.5`, `1:02:03:500`; None for more than 59 minutes or seconds."""
    compact = re.sub(r"\s", "", re.sub(r"(?<=\d)\s(\d{3})\s*$", r".\1", stamp))
    sign = -1.0 if compact.startswith("-") else 1.0
    whole, _, fraction = compact.lstrip("+-").replace(",", ".").partition(".")
    parts = _PARTS.split(whole)
    if not fraction and (len(parts) == 4 or (len(parts) == 3 and len(parts[-1]) >= 3)):
        fraction = parts.pop()
    if len(parts) > 3:
        return None
    hours, minutes, seconds = (0, 0, 0, *map(int, parts))[-3:]
    if seconds > 59 or (minutes > 59 and len(parts) == 3):
        return None
    return sign * (hours * 3600 + minutes * 60 + seconds + float(f"0.{fraction or 0}"))


def _without_number(start: str, end_s: float, otherwise_s: float) -> float:
    """The start, where the cue's number is glued to its hours: `1200:00:01,000`."""
    match = re.match(r"\s*\d+(\d\d\s*:.*)$", start)
    found_s = _seconds(match.group(1)) if match else None
    return found_s if found_s is not None and found_s <= end_s else otherwise_s
