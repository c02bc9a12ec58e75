"""The words of a video in another language, with the times of the original, and terms."""

from __future__ import annotations

from dataclasses import dataclass

from videobatch.records.video import Remark


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """A term as it is said, its one translation, and what it means in a clause ("": not told)."""

    term: str
    translation: str
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class TranslatedLine:
    """A cue of the original subtitles: when it is shown, its lines, and their translation, which is
    the original where there is none (`is_translated`). `label` is the name of the speaker where
    another one begins to speak; neither `source` nor `text` has it."""

    start_ms: int
    end_ms: int
    source: tuple[str, ...]
    text: str
    speaker: str | None = None
    label: str = ""
    is_translated: bool = True


@dataclass(frozen=True, slots=True)
class Translation:
    """All that was said, in `language`, by the model `by`: a line for each cue of the original, in
    order; `terms` are those of the glossary that occur in it."""

    language: str
    by: str
    lines: tuple[TranslatedLine, ...]
    terms: tuple[GlossaryTerm, ...] = ()
    remarks: tuple[Remark, ...] = ()
