"""Talks: what is said in them and shown, and true statements about some, as a model writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.text.sentences import CJK
from videobatch.records import (
    AudioTrack,
    Box,
    Coverage,
    LineKind,
    Probe,
    SlideLine,
    SlideText,
    Transcript,
    Utterance,
    VideoTrack,
)

FOLDER = Path(__file__).parent
WORD_S, CHARACTER_S, PAUSE_S = 0.45, 0.25, 0.4
WIDTH, HEIGHT, LINE_HEIGHT = 1280, 720, 40
SOURCES = {"en": "the talk itself", "zh": "讲稿"}
# The marks of a slide's lines in the file of a talk.
SHOWN = {"= ": LineKind.TITLE, "- ": LineKind.TEXT, "~ ": LineKind.CODE}
# What a rule may exchange in a statement: a name or a figure.
MARKED = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement at the second of its line, and its quotation; `text` has names and figures in
    braces."""

    at_s: float
    quote: str
    text: str

    @property
    def plain(self) -> str:
        return MARKED.sub(r"\1", self.text)


@dataclass(frozen=True, slots=True)
class Told:
    """A talk: its lines with their times, true statements about it, its slides, and its origin."""

    name: str
    title: str
    language: str
    lines: tuple[Utterance, ...]
    statements: tuple[Stated, ...]
    slides: tuple[SlideText, ...] = ()
    source: str = ""

    @property
    def duration_s(self) -> float:
        return self.lines[-1].end_s + 1

    @property
    def material(self) -> Material:
        """The talk as it comes from a recogniser, and from a reader of its slides."""
        sound = AudioTrack(0, "aac", 22_050, 1, None)
        picture = VideoTrack(1, "h264", WIDTH, HEIGHT, 0, 10.0) if self.slides else None
        return Material(
            name=f"{self.title}{'.mp4' if self.slides else '.m4a'}",
            probe=Probe("mov", self.duration_s, 1, "", picture, sound),
            coverage=Coverage(self.duration_s, self.duration_s),
            transcript=Transcript(self.language, SOURCES[self.language], self.lines),
            frames=(),
            scene_changes_s=tuple(slide.start_s for slide in self.slides[1:]),
            created=date(2026, 1, 1),
            software="videobatch",
            slides=self.slides,
        )


def load_told(folder: Path = FOLDER) -> tuple[Told, ...]:
    """All talks, in the order of their names, which are their files'."""
    return tuple(_read(path) for path in sorted(folder.glob("*.talk")))


def _read(path: Path) -> Told:
    """A talk from its file: `# name: value`, a line that was said, `> quotation | statement`; `= `
    begins a slide with its heading, `- ` and `~ ` are its lines of text and of code."""
    facts: dict[str, str] = {}
    lines: list[Utterance] = []
    statements: list[Stated] = []
    slides: list[tuple[float, list[SlideLine]]] = []
    at_s = 0.0
    for row in path.read_text(encoding="utf-8").splitlines():
        if row.startswith("# "):
            name, _, value = row[2:].partition(": ")
            facts[name] = value
        elif row.startswith("> "):
            quote, _, text = row[2:].partition(" | ")
            statements.append(Stated(lines[-1].start_s, quote, text))
        elif f"{row} "[:2] in SHOWN:
            if row.startswith("= "):
                slides.append((round(at_s, 2), []))
            slides[-1][1].append(_shown(row, len(slides[-1][1])))
        elif row:
            took_s = _took_s(row, facts["language"])
            lines.append(Utterance(round(at_s, 2), round(at_s + took_s, 2), row))
            at_s += took_s + PAUSE_S
    return Told(
        path.stem,
        facts["title"],
        facts["language"],
        tuple(lines),
        tuple(statements),
        tuple(SlideText(s, s, f"{s:07.0f}.jpg", tuple(shown)) for s, shown in slides),
        facts["source"],
    )


def _took_s(row: str, language: str) -> float:
    """The time that a line takes: by its characters in Chinese, else by its words."""
    is_wide = language == "zh" and CJK.search(row)
    return CHARACTER_S * len(row) if is_wide else WORD_S * len(row.split())


def _shown(row: str, place: int) -> SlideLine:
    """A line of a slide, below those before it."""
    top = LINE_HEIGHT * (place + 1)
    box = Box(LINE_HEIGHT, top, WIDTH - LINE_HEIGHT, top + LINE_HEIGHT - 8)
    return SlideLine(row[2:], box, 0.99, SHOWN[f"{row} "[:2]])
