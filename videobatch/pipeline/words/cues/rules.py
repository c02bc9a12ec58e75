"""The rules of readable cues.

The numbers are those of Netflix' Timed Text Style Guides (general requirements, subtitle timing,
English, Simplified Chinese and Korean): two lines of 42 characters, 16 where Chinese, Japanese or
Korean is written, in which a half-width character counts half; 20 and 9 characters a second; a gap
of two frames (of 24 a second); out up to half a second after the speech; 7 s at most. Their least
duration is 5/6 s; here it is 1 s.

Where speech leaves no room for all of them, first the speed yields (who talks too fast to be read
is shown word for word all the same), then the least duration (a word that is followed at once by
another speaker's). One short word alone stays for 1 s, longer than the linger. Where more is said
than there is time for (two voices at once, time stamps that stand still), cues come late, one after
the other. Never do these yield: each word once and in order, the lines, 7 s, no overlap, the gap,
and no cue before its speech.
"""

from __future__ import annotations

import re

LINES = 2
LINE_CHARS = 42
# Half-width characters: twice the 16 of full width.
WIDE_LINE_HALVES = 32
CHARS_PER_S = 20.0
WIDE_HALVES_PER_S = 18.0
LEAST_MS = 1000
MOST_MS = 7000
GAP_MS = 83
LINGER_MS = 500
# Nobody sees what is shown for less, however little time there is.
SHORTEST_MS = 200
# Where nothing is said for so long, a new cue begins.
SILENCE_S = 1.0
# Speakers breathe so long between clauses.
PAUSE_S = 0.3

# Scripts whose characters fill a square, and their punctuation. Emoji are as wide, but no script.
WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f"
    "\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003fffd]"
)


def line_limit(is_wide: bool) -> int:
    """The most that a line holds: characters, or half-width characters in wide scripts."""
    return WIDE_LINE_HALVES if is_wide else LINE_CHARS


def extent(text: str) -> tuple[int, bool]:
    """The room that the text takes, counted as `line_limit` counts, and True if it is of a wide
    script."""
    wide = len(WIDE.findall(text))
    return len(text) + wide, wide > 0


def reading_ms(size: int, is_wide: bool) -> int:
    """The time in which so much text can be read; `size` is an `extent`."""
    return round(size * 1000 / (WIDE_HALVES_PER_S if is_wide else CHARS_PER_S))
