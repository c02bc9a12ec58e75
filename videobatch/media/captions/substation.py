"""ASS and SSA: what is spoken, without drawings, comments, songs and signs."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pysubs2 import SSAFile

from videobatch.media.captions.cues import DRAWN, MOST_SPEAKER_CHARS, Cue, plain_line, shown

_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect",
           "text")  # fmt: skip
_TIME = re.compile(r"\s*-?\d{1,2}:\d{1,2}:\d{1,2}[.,:]\d{1,3}\s*$")
_BRACES = re.compile(r"\{[^{}]*\}")
_SOFT_BREAK = re.compile(r"\\n")
_PLACED = re.compile(r"\\(?:pos|move|org|clip|iclip)\s*\(")
_KARAOKE = re.compile(r"\{[^{}]{0,200}\\[kK][fot]?\d")
# Styles by which typesetters tell what is no dialogue, as parts of a style's name.
_UNSPOKEN = frozenset(
    {"sign", "signs", "ts", "typeset", "typesetting", "logo", "eyecatch", "watermark", "credit"}
    | {"credits", "fx", "insert", "song", "songs", "lyric", "lyrics", "karaoke", "kara", "romaji"}
    | {"kanji", "opening", "ending", "op", "op1", "op2", "op3", "ed", "ed1", "ed2", "ed3"}
)
# Names of these stand for what a line is, not for who speaks.
_NOBODY = _UNSPOKEN | {"text", "title", "default", "main", "ntp"}


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A line of the script: its times in seconds, and its fields as they stand there."""

    start_s: float
    end_s: float
    style: str
    name: str
    effect: str
    text: str
    is_comment: bool = False


def read_substation(lines: Sequence[str]) -> tuple[list[Cue], int, int]:
    """The cues, how many lines have times that cannot be read, and how many are no speech."""
    events, unread = _events(lines)
    cues, left_out = spoken(events)
    return cues, unread, left_out


def spoken(events: Sequence[ScriptLine]) -> tuple[list[Cue], int]:
    """The cues of what is said, and how many lines with text were left out as signs and songs."""
    shown_events = [event for event in events if not event.is_comment]
    # Where most lines are placed by hand or timed by the syllable, a program did it to all.
    special = [mark for mark in (_PLACED, _KARAOKE) if _is_rare(mark, shown_events)]
    cues: list[Cue] = []
    left_out = 0
    for event in shown_events:
        text = _BRACES.sub("", DRAWN.sub("", event.text))
        found = shown(event.start_s, event.end_s, _SOFT_BREAK.sub(r"\\N", text))
        if found and _is_unspoken(event, special):
            left_out += 1
            continue
        speaker = _speaker(event.name)
        cues.extend(Cue(c.start_s, c.end_s, c.lines, c.speaker or speaker) for c in found)
    return cues, left_out


def _is_rare(mark: re.Pattern[str], events: Sequence[ScriptLine]) -> bool:
    return sum(1 for event in events if mark.search(event.text)) * 2 < len(events)


def _is_unspoken(event: ScriptLine, special: Sequence[re.Pattern[str]]) -> bool:
    parts = set(re.split(r"[^a-z0-9]+", event.style.lower()))
    effect = event.effect.strip().lower()
    if parts & _UNSPOKEN or effect in {"fx", "karaoke"} or effect.startswith(("banner", "scroll")):
        return True
    return any(mark.search(event.text) for mark in special)


def _speaker(name: str) -> str | None:
    found = plain_line(name)[:MOST_SPEAKER_CHARS]
    return None if not found or found.lower() in _NOBODY else found


def _events(lines: Sequence[str]) -> tuple[list[ScriptLine], int]:
    kept: list[str] = []
    unread = 0
    for kind, fields in _split(lines):
        if not (_TIME.match(fields["start"]) and _TIME.match(fields["end"])):
            unread += kind == "Dialogue"
            continue
        values = {**fields, "layer": "0", "marginl": "0", "marginr": "0", "marginv": "0"}
        for time in ("start", "end"):
            head, _, rest = values[time].strip().rpartition(":")
            values[time] = f"{head}.{rest}" if head.count(":") == 2 else values[time].strip()
        kept.append(f"{kind}: " + ",".join(values[field] for field in _FIELDS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script = SSAFile.from_string("[Events]\n" + "\n".join(kept), format_="ass")
    return [
        ScriptLine(e.start / 1000, e.end / 1000, e.style, e.name, e.effect, e.text, e.is_comment)
        for e in script.events
    ], unread


def _split(lines: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each line of the script by its fields, which a line `Format:` names in their order."""
    order: Sequence[str] = _FIELDS
    is_events = not any(line.strip().lower() == "[events]" for line in lines)
    for line in lines:
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            is_events = text.lower() == "[events]"
            continue
        kind, _, rest = text.partition(":")
        if not is_events or not rest:
            continue
        if kind.lower() == "format":
            order = [_known(part) for part in rest.split(",")]
        elif kind.lower() in {"dialogue", "comment"}:
            parts = rest.strip().split(",", len(order) - 1)
            fields = dict(zip(order, parts, strict=False))
            yield kind.title(), {**dict.fromkeys(_FIELDS, ""), **fields}


def _known(field: str) -> str:
    name = field.strip().lower()
    return {"actor": "name", "marked": "layer"}.get(name, name)


def embedded_event(start_s: float, end_s: float, fields: str) -> ScriptLine | None:
    """The event of a packet: `ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text`."""
    parts = fields.split(",", 8)
    if len(parts) < 9:
        return None
    return ScriptLine(start_s, end_s, parts[2], parts[3], parts[7], parts[8])
