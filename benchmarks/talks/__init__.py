"""Talks with statements about them, as a model writes them, each true: what was said beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from videobatch.pipeline.sections.material import Material
from videobatch.records import AudioTrack, Coverage, Probe, Transcript, Utterance

FOLDER = Path(__file__).parent
WORD_S, CHARACTER_S, PAUSE_S = 0.45, 0.25, 0.4
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
    """A talk: its lines with their times, and true statements about it."""

    name: str
    title: str
    language: str
    lines: tuple[Utterance, ...]
    statements: tuple[Stated, ...]

    @property
    def duration_s(self) -> float:
        return self.lines[-1].end_s + 1

    @property
    def material(self) -> Material:
        """The talk as it comes from a recogniser."""
        sound = AudioTrack(0, "aac", 22_050, 1, None)
        return Material(
            name=f"{self.title}.m4a",
            probe=Probe("mov", self.duration_s, 1, "", None, sound),
            coverage=Coverage(self.duration_s, self.duration_s),
            transcript=Transcript(self.language, "the talk itself", self.lines),
            frames=(),
            scene_changes_s=(),
            created=date(2026, 1, 1),
            software="videobatch",
        )


def load_told(folder: Path = FOLDER) -> tuple[Told, ...]:
    """All talks, in the order of their names, which are their files'."""
    return tuple(_read(path) for path in sorted(folder.glob("*.talk")))


def _read(path: Path) -> Told:
    """A talk from its file: `# name: value`, a line that was said, `> quotation | statement`."""
    facts: dict[str, str] = {}
    lines: list[Utterance] = []
    statements: list[Stated] = []
    at_s = 0.0
    for row in path.read_text(encoding="utf-8").splitlines():
        if row.startswith("# "):
            name, _, value = row[2:].partition(": ")
            facts[name] = value
        elif row.startswith("> "):
            quote, _, text = row[2:].partition(" | ")
            statements.append(Stated(lines[-1].start_s, quote, text))
        elif row:
            is_wide = facts["language"] == "zh"
            took_s = CHARACTER_S * len(row) if is_wide else WORD_S * len(row.split())
            lines.append(Utterance(round(at_s, 2), round(at_s + took_s, 2), row))
            at_s += took_s + PAUSE_S
    return Told(path.stem, facts["title"], facts["language"], tuple(lines), tuple(statements))
