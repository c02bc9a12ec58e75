"""The cues of SRT and WebVTT text, as utterances without markup."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

from videobatch.records import Utterance

# `00:01:02,500 --> 00:01:05.000 align:start`; WebVTT leaves the hours out, some SRT files pad.
_STAMP = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMES = re.compile(rf"\s*{_STAMP}\s*-->\s*{_STAMP}(?:\s.*)?$")

# Tags of SRT and WebVTT (`<i>`, `<c.yellow>`, `<00:01.000>`), and override codes of ASS (`{\an8}`).
_MARKUP = re.compile(r"</?[a-zA-Z0-9][^<>]*>|</?>|\{\\[^{}]*\}")
_ASS_BREAK = re.compile(r"\\[Nnh]")


def parse_captions(raw: bytes) -> Iterator[Utterance]:
    """The cues in the order of their times; empty and backward ones are left out."""
    found: list[Utterance] = []
    for block in re.split(r"\n[ \t]*\n", _decode(raw)):
        found.extend(_cue(block.strip("\n").split("\n")))
    yield from sorted(found, key=lambda utterance: utterance.start_s)


def _decode(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cue(lines: list[str]) -> Iterator[Utterance]:
    """The cues of a block: one, or several where the empty lines between them are missing."""
    times = [(i, match) for i, line in enumerate(lines) if (match := _TIMES.match(line))]
    bounds = [i for i, _ in times[1:]] + [len(lines) + 1]
    for (at, match), until in zip(times, bounds, strict=False):
        groups = match.groups()
        start_s, end_s = _seconds(groups[:4]), _seconds(groups[4:])
        body = lines[at + 1 : until]
        if until <= len(lines) and body and body[-1].strip().isdigit():
            body.pop()  # The number of the next cue.
        text = one_line("\n".join(body))
        if text and end_s > start_s:
            yield Utterance(start_s, end_s, text)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + (int(fraction.ljust(3, "0")) / 1000 if fraction else 0.0)


def one_line(text: str) -> str:
    """The words alone: no tags, entities resolved, one line, no control characters."""
    plain = html.unescape(_MARKUP.sub("", _ASS_BREAK.sub(" ", text)))
    spaced = " ".join(plain.split())
    # Joiners (Cf) are part of some scripts; bidi overrides and the like are not.
    return "".join(
        c
        for c in spaced
        if c in "\u200c\u200d" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    ).strip()
