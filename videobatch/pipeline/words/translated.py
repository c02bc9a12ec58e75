"""Translated lines as cues: one for each cue of the original, with its times."""

from __future__ import annotations

from collections.abc import Sequence

from videobatch.pipeline.words.cues.atoms import Atom, atoms_of
from videobatch.pipeline.words.cues.lines import broken, joined
from videobatch.pipeline.words.cues.making import Cue
from videobatch.pipeline.words.cues.rules import extent, line_limit
from videobatch.records import TranslatedLine, Translation, Utterance


def spoken_lines(translation: Translation) -> tuple[Utterance, ...]:
    """The lines as what was said in the other language."""
    return tuple(
        Utterance(line.start_ms / 1000, line.end_ms / 1000, line.text, speaker=line.speaker)
        for line in translation.lines
    )


def translated_cues(translation: Translation) -> tuple[Cue, ...]:
    """The cues in the language of the translation."""
    return tuple(_cue(line, _shown(line)) for line in translation.lines)


def bilingual_cues(translation: Translation) -> tuple[Cue, ...]:
    """The cues in both languages, the original below; once where it was not translated."""
    return tuple(
        _cue(line, (*_shown(line), *line.source) if _is_other(line) else line.source)
        for line in translation.lines
    )


def _is_other(line: TranslatedLine) -> bool:
    return line.is_translated and line.text != " ".join(line.source)


def _shown(line: TranslatedLine) -> tuple[str, ...]:
    return _in_lines(line.text) if _is_other(line) else line.source


def _cue(line: TranslatedLine, lines: Sequence[str]) -> Cue:
    first, *rest = lines or ("",)
    labelled = f"{line.label} {first}" if line.label else first
    return Cue(line.start_ms, line.end_ms, (labelled, *rest), line.speaker, line.label)


def _in_lines(text: str) -> tuple[str, ...]:
    """One line or two: about equally long where it is more than two lines hold, since the times of
    the original leave no room for another cue."""
    atoms = atoms_of(Utterance(0.0, 1.0, text))
    lines = broken(atoms)
    return lines if len(lines) > 1 or len(atoms) < 2 else _halved(atoms, lines[0])


def _halved(atoms: Sequence[Atom], whole: str) -> tuple[str, ...]:
    size, is_wide = extent(whole)
    if size <= line_limit(is_wide):
        return (whole,)
    places = range(1, len(atoms))
    best = min(places, key=lambda at: max(len(joined(atoms[:at])), len(joined(atoms[at:]))))
    return joined(atoms[:best]), joined(atoms[best:])
