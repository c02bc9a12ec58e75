"""A transcript as a reader follows it, from `transcript.json`; others may have written there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from videobatch.pipeline.text.markdown import plain

MOST_LINES = 100_000
MOST_SLIDES = 20_000
MOST_CHARS = 4_000
# A video of a hundred days has no seconds beyond.
MOST_S = 1e7

Seconds = Annotated[float, Field(ge=0, le=MOST_S, allow_inf_nan=False)]


def _text(value: object) -> object:
    return plain(value, MOST_CHARS) if isinstance(value, str) else value


def _kept(value: object) -> list[Any]:
    """The entries of a list that are objects; what is no list is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(_text)]


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Line(_Read):
    start_s: Seconds
    end_s: Seconds
    text: Text
    speaker: Text | None = None


class _Gap(_Read):
    start_s: Seconds
    end_s: Seconds
    by: Text = ""
    why: Text = ""


class _Slide(_Read):
    start_s: Seconds
    at_s: Seconds
    still: str
    title: Text | None = None


class _File(_Read):
    title: Text = ""
    language: Text | None = None
    source: Text = ""
    rough: bool = False
    utterances: Annotated[list[Any], BeforeValidator(_kept)] = []
    gaps: Annotated[list[Any], BeforeValidator(_kept)] = []
    slides: Annotated[list[Any], BeforeValidator(_kept)] = []


R = TypeVar("R", bound=_Read)


@dataclass(frozen=True, slots=True)
class Line:
    """A statement and its times (s); plain text on one line. A gap's line has no words: `missing`
    says why."""

    start_s: float
    end_s: float
    text: str
    speaker: str | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class SlideMark:
    """A slide that was read: since when it is shown (s), its still below `keyframes/`, and its
    heading, if it has one."""

    start_s: float
    still: str
    title: str | None


@dataclass(frozen=True, slots=True)
class Spoken:
    """The statements and gaps in the order of time. `source` names who gave the words, `is_rough`
    says that many of them are wrong."""

    lines: tuple[Line, ...] = ()
    slides: tuple[SlideMark, ...] = ()
    language: str | None = None
    source: str = ""
    is_rough: bool = False


SILENCE = Spoken()


def read_spoken(content: bytes) -> Spoken:
    """The transcript in the file's content. An entry that cannot be read is left out; a file that
    is none is as one without words. Never raises for what stands in it."""
    try:
        # Python's parser: it takes the lone surrogates that subtitles may hold.
        file = _File.model_validate(json.loads(content))
    except (ValueError, RecursionError):
        return SILENCE
    said = [
        Line(x.start_s, x.end_s, x.text, x.speaker or None) for x in _all(_Line, file.utterances)
    ]
    missing = [_missing(gap) for gap in _all(_Gap, file.gaps)]
    lines = sorted([line for line in said if line.text] + missing, key=lambda line: line.start_s)
    slides = [SlideMark(x.start_s, x.still, x.title or None) for x in _all(_Slide, file.slides)]
    return Spoken(
        lines=tuple(lines[:MOST_LINES]),
        slides=tuple(sorted(slides[:MOST_SLIDES], key=lambda slide: slide.start_s)),
        language=file.language or None,
        source=file.source,
        is_rough=file.rough,
    )


def _missing(gap: _Gap) -> Line:
    why = ": ".join(filter(None, (gap.by, gap.why)))
    return Line(gap.start_s, gap.end_s, "", None, why)


def _all(kind: type[R], rows: list[Any]) -> list[R]:
    found: list[R] = []
    for row in rows:
        try:
            found.append(kind.model_validate(row))
        except ValidationError:
            continue
    return found
