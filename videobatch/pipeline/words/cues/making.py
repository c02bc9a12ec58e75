"""Utterances to cues."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.words.cues.atoms import Atom, atoms_of
from videobatch.pipeline.words.cues.cutting import cut, fits
from videobatch.pipeline.words.cues.lines import broken, joined
from videobatch.pipeline.words.cues.rules import WIDE, extent, reading_ms
from videobatch.pipeline.words.cues.timing import AS_AUTHORED, Pace, Span, timed
from videobatch.records import Utterance

MOST_NAME_CHARS = 80
# With its colon a name in front of the words fits on a line, in wide characters too.
MOST_LABEL_CHARS, MOST_WIDE_LABEL_CHARS = 30, 15
# Voices that overlap by less are one: recognisers' times are no better.
OVERLAP_S = 0.25


@dataclass(frozen=True, slots=True)
class Cue:
    """One line or two, shown from one time to another (ms). `label` is the name of the
    speaker as the first line begins with it, where another one begins to speak."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    atoms: Sequence[Atom]
    speaker: str | None
    label: str


def cues_of(utterances: Iterable[Utterance], *, is_authored: bool = False) -> tuple[Cue, ...]:
    """The cues in order of time, as `rules` says. Those of subtitles that somebody made
    (`is_authored`) stay as they are, but for what two lines do not hold."""
    ordered = sorted(utterances, key=lambda said: (said.start_s, said.end_s))
    parts = list(_parts(ordered, is_authored=is_authored))
    # Two voices may speak at once.
    parts.sort(key=lambda part: part.atoms[0].start_s)
    times = timed([_span(part) for part in parts], AS_AUTHORED if is_authored else Pace())
    return tuple(
        Cue(start_ms, end_ms, broken(part.atoms), part.speaker, part.label)
        for part, (start_ms, end_ms) in zip(parts, times, strict=True)
    )


def _parts(utterances: Sequence[Utterance], *, is_authored: bool) -> Iterator[_Part]:
    """The words of each cue."""
    before: str | None = None
    for name, group in groupby(utterances, key=lambda said: said.speaker):
        speaker = plain(name, MOST_NAME_CHARS) if name else None
        is_new, before = bool(speaker) and speaker != before, speaker
        label = _label(speaker) if is_new and speaker else ""
        for atoms in _voices(group, is_authored=is_authored):
            words = _with_label(atoms, label)
            for part in [words] if is_authored and fits(words) else cut(words):
                yield _Part(part, speaker, label)
                label = ""


def _voices(group: Iterator[Utterance], *, is_authored: bool) -> Iterator[list[Atom]]:
    """The words that are cut together: what a recogniser heard one after the other, else each
    utterance by itself."""
    run: list[Atom] = []
    for utterance in group:
        atoms = atoms_of(utterance)
        if run and atoms and (is_authored or atoms[0].start_s < run[-1].end_s - OVERLAP_S):
            yield run
            run = []
        if run and atoms and WIDE.match(run[-1].text[-1]) and not run[-1].text[-1].isalnum():
            # Full-width punctuation has its space within.
            atoms[0] = replace(atoms[0], glue="")
        run += atoms
    if run:
        yield run


def _label(speaker: str) -> str:
    most = MOST_WIDE_LABEL_CHARS if extent(speaker)[1] else MOST_LABEL_CHARS
    return f"{plain(speaker, most)}:"


def _with_label(atoms: list[Atom], label: str) -> list[Atom]:
    if not label:
        return atoms
    first = atoms[0]
    name = Atom(first.start_s, first.start_s, label, leads=True)
    return [name, replace(first, glue=" "), *atoms[1:]]


def _span(part: _Part) -> Span:
    first, last = part.atoms[0], part.atoms[-1]
    start_ms = round(first.start_s * 1000)
    reading = reading_ms(*extent(joined(part.atoms)))
    return Span(start_ms, max(start_ms, round(last.end_s * 1000)), reading)
