"""Subtitles as text files have them: SubRip, WebVTT, ASS and SSA, MicroDVD, in any encoding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from videobatch.errors import InputError
from videobatch.media.captions.cues import Captions, Cue, in_time, utterances
from videobatch.media.captions.encodings import UnsureError, decode
from videobatch.media.captions.microdvd import is_microdvd, read_microdvd
from videobatch.media.captions.rolling import once, unrolled
from videobatch.media.captions.srt import read_srt
from videobatch.media.captions.substation import read_substation
from videobatch.media.captions.times import MOST_CHARACTERS, read_times
from videobatch.media.captions.vtt import read_vtt
from videobatch.records import Utterance

__all__ = ["Captions", "UnsureError", "captions_of", "parse_captions", "read_captions"]

_LINE_END = re.compile(r"\r+\n|\r|\n")
_SECTION = re.compile(r"\s*\[(?:script info|v4\+? styles|events)\]\s*$", re.IGNORECASE)
_EVENT = re.compile(r"\s*(?:Dialogue|Comment):\s*(?:Marked=)?\d+\s*,\s*\d+:\d", re.IGNORECASE)
# A script says what it is within so many lines.
_HEAD_LINES = 40


def parse_captions(raw: bytes) -> Iterator[Utterance]:
    """Returns what the file says, in the order of its times. Raises as `read_captions`."""
    yield from read_captions(raw).utterances


def read_captions(raw: bytes, suffix: str = "", languages: Sequence[str] = ()) -> Captions:
    """The file's cues as utterances, and what could not be taken.

    `suffix` decides where the text does not say what it is. `languages` are what it is likely to be
    in. Raises UnsureError where the encoding cannot be told, InputError (`bad_subtitles`) for
    MicroDVD without its frame rate.
    """
    decoded = decode(raw, languages)
    lines = [line.replace("\0", "") for line in _LINE_END.split(decoded.text)]
    lines = [line.lstrip("\ufeff\ufffe") for line in lines]
    unread = stray = left_out = restarts = 0
    if lines[0].startswith("WEBVTT"):
        cues, unread, stray = read_vtt(lines)
    elif _is_script(lines):
        cues, unread, left_out = read_substation(lines)
    elif is_microdvd(lines):
        cues, unread = read_microdvd(lines)
    elif suffix == ".vtt":
        cues, unread, stray = read_vtt(lines)
    else:
        file = read_srt(lines)
        cues, unread, stray, restarts = file.cues, file.unread, file.stray, file.restarts
    found = captions_of(cues, decoded.broken, left_out, decoded.encoding)
    return replace(found, unread=unread, stray=stray, restarts=restarts, doubted=decoded.doubted)


def _is_script(lines: Sequence[str]) -> bool:
    """True for ASS and SSA; a cue of another file may well say "Dialogue:"."""
    for line in lines[:_HEAD_LINES]:
        if read_times(line[:MOST_CHARACTERS]) is not None:
            return False
        if _SECTION.match(line[:MOST_CHARACTERS]) or _EVENT.match(line[:MOST_CHARACTERS]):
            return True
    return False


def captions_of(
    cues: Sequence[Cue], broken: int = 0, left_out: int = 0, encoding: str = "utf-8"
) -> Captions:
    """The cues as a whole: in order of time, each layer and each rolled line once."""
    said, is_rolling = unrolled(once(in_time(cues)))
    return Captions(
        utterances(said),
        broken=broken,
        left_out=left_out,
        is_rolling=is_rolling,
        encoding=encoding,
    )


def no_cue(name: str) -> InputError:
    return InputError(
        f"{name} holds no subtitles that can be read",
        hint="mend or remove it; without it the speech is recognised",
        code="bad_subtitles",
    )
