"""A cue as a subtitle file shows it, and what a whole file comes to."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from videobatch.records import Utterance

# How long somebody needs to say it: what a cue lasts whose end is not known.
SPOKEN_CHARS_PER_S, LEAST_SHOWN_S = 15.0, 1.0

# The tags that SRT and WebVTT know, and word times; `vector<int>` is text. A class or a name
# may follow: `<c.yellow>`, `<v Anna>`.
_TAGS = re.compile(
    r"</?[biusc](?:\.[^<>\s]*)?\s*/?>|</?(?:em|strong|font|span|v|lang|ruby|p|div)(?:[.\s][^<>]*)?/?>"
    r"|<[\d:.,]{4,}>|</?>",
    re.IGNORECASE,
)
_READING_AID = re.compile(
    r"<r[tp]\b[^<>]{0,100}>[^<>]{0,100}</r[tp]>|</?r[tp]\b[^<>]{0,100}>", re.IGNORECASE
)
_BREAK = re.compile(r"<br\s{0,9}/?>|\[br\]", re.IGNORECASE)
# Override codes of ASS (`{\an8}`) and of MicroDVD (`{y:i}`).
_OVERRIDES = re.compile(r"\{\\[^{}]*\}|\{[yYfFsScCpP]:[^{}]*\}")
DRAWN = re.compile(
    r"\{[^{}]{0,500}\\p[1-9][^{}]{0,500}\}[^{]*(?:\{(?![^{}]{0,500}\\p0)[^{}]{0,500}\}[^{]*)*"
)
# A break, but for that in a path (`C:\New`).
_ASS_BREAK = re.compile(r"([A-Za-z]:\\\S*)|\\[Nh]")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?\s{1,9}([^<>]{1,200})>", re.IGNORECASE)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
MOST_SPEAKER_CHARS = 80


@dataclass(frozen=True, slots=True)
class Cue:
    """The text that is shown from `start_s` to `end_s`: its lines, without markup; seldom none."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]
    speaker: str | None = None

    @property
    def text(self) -> str:
        return " ".join(self.lines)


@dataclass(frozen=True, slots=True)
class Captions:
    """The text of a file of subtitles, and what of it could not be taken.

    `unread` are cues whose times are beyond reading, `stray` lines of text that belong to no cue,
    `broken` characters that are no text in the file's encoding, `doubted` words in which it is not
    sure which characters are meant, `left_out` signs, songs and the
    like that are no speech. `is_rolling` if repeated lines were taken once;
    `restarts` is how often the times begin anew.
    """

    utterances: tuple[Utterance, ...]
    unread: int = 0
    stray: int = 0
    broken: int = 0
    doubted: int = 0
    left_out: int = 0
    is_rolling: bool = False
    restarts: int = 0
    encoding: str = "utf-8"


def shown(start_s: float, end_s: float, raw: str) -> list[Cue]:
    """The cues of a cue's text as it stands in the file: one for each voice in it."""
    raw = _BREAK.sub("\n", _READING_AID.sub("", DRAWN.sub("", raw)))
    found: list[Cue] = []
    pieces = _VOICE.split(raw)
    for speaker, text in zip([None, *pieces[1::2]], pieces[::2], strict=True):
        lines = tuple(line for part in text.split("\n") if (line := plain_line(part)))
        if lines:
            name = plain_line(speaker)[:MOST_SPEAKER_CHARS] if speaker else ""
            found.append(Cue(start_s, end_s, lines, name or None))
    return found


def plain_line(text: str) -> str:
    """The words alone: no tags, entities resolved, one line, no control characters."""
    plain = html.unescape(_TAGS.sub("", _OVERRIDES.sub("", _ASS_BREAK.sub(r"\1 ", text))))
    # Joiners (Cf) are part of some scripts; bidi overrides and the like are not.
    kept = "".join(
        c
        for c in plain
        if c.isspace() or c in "\u200c\u200d" or unicodedata.category(c) not in _HIDDEN
    )
    return " ".join(kept.split())


def in_time(cues: Iterable[Cue]) -> list[Cue]:
    """The cues in the order of their times. One that ends before it begins lasts as long as it
    takes to say, up to the next one; none begins before the video."""
    ordered = sorted(cues, key=lambda cue: cue.start_s)
    found: list[Cue] = []
    later_s = next_s = float("inf")
    for cue in reversed(ordered):
        start_s, end_s = max(0.0, cue.start_s), cue.end_s
        if start_s < next_s:
            later_s, next_s = next_s, start_s
        if end_s <= start_s:
            end_s = min(start_s + spoken_s(cue.text), later_s)
        found.append(replace(cue, start_s=start_s, end_s=end_s))
    found.reverse()
    return found


def spoken_s(text: str) -> float:
    """About how long it takes to say the text; a sign of a dense script counts as three."""
    weight = sum(3 if c >= "\u1100" else 1 for c in text)
    return max(LEAST_SHOWN_S, weight / SPOKEN_CHARS_PER_S)


def utterances(cues: Sequence[Cue]) -> tuple[Utterance, ...]:
    return tuple(
        Utterance(round(cue.start_s, 3), round(cue.end_s, 3), cue.text, speaker=cue.speaker)
        for cue in cues
    )
