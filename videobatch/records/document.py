"""The records that a document is made from: words and their gaps, keyframes, chapters, coverage."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was heard, with its time stamps; `text` has its punctuation and no spaces
    around it."""

    start_s: float
    end_s: float
    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """A word or two that were heard in one way, and `written` as a slide has them."""

    start_s: float
    heard: str
    written: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """A statement with its time stamps; plain text, one line, no markup. `speaker` is who says it,
    where subtitles name somebody. `words` are its words in order, where a recogniser gave their
    times, and `language` is what it is spoken in (BCP 47), where that was heard. `corrections` are
    what was set right of it."""

    start_s: float
    end_s: float
    text: str
    confidence: float | None = None
    speaker: str | None = None
    words: tuple[Word, ...] = ()
    language: str | None = None
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch whose words are missing: `by` did not transcribe it, or not as it was said, and
    `why`."""

    start_s: float
    end_s: float
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of a video. `source` names where they came from (subtitles or a recogniser);
    `gaps` are what is missing of them."""

    language: str | None
    source: str
    utterances: tuple[Utterance, ...]
    rough: bool = False
    gaps: tuple[Gap, ...] = ()

    @property
    def has_words(self) -> bool:
        return any(u.text.strip() for u in self.utterances)


@dataclass(frozen=True, slots=True)
class FrameRef:
    """A keyframe as a document refers to it: its time and file name below `keyframes/`."""

    at_s: float
    name: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of the video with a heading of its own."""

    start_s: float
    end_s: float
    title: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The statements of a language model that were looked for in what was said and shown, and how
    many of them were found there."""

    statements: int = 0
    found: int = 0

    @property
    def share(self) -> float | None:
        """The share that was found, 0 to 1; None where nothing was looked for."""
        return self.found / self.statements if self.statements else None

    @property
    def missing(self) -> int:
        """The number of those that were not found."""
        return self.statements - self.found


# Where nothing was looked for.
UNCHECKED = Checked()


@dataclass(frozen=True, slots=True)
class Coverage:
    """The part of a file that could be read. `problem` says, for a reader, why not all of it;
    `gaps_s` is how much of the sound nobody transcribed."""

    declared_s: float
    read_s: float
    problem: str | None = None
    gaps_s: float = 0.0

    @property
    def is_partial(self) -> bool:
        return self.problem is not None or self.gaps_s > 0

    @property
    def note(self) -> str | None:
        """The reason why a document is partial; None for one that is not."""
        gaps = f"{self.gaps_s:.0f} s of its sound were not transcribed" if self.gaps_s else None
        return "; ".join(filter(None, (self.problem, gaps))) or None

    @property
    def duration_s(self) -> float:
        """The seconds that were read; the declared length where nothing had to be looked at."""
        return self.read_s if self.problem is not None else self.read_s or self.declared_s
