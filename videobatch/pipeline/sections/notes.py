"""Notes that a reader needs before trusting a document."""

from __future__ import annotations

from videobatch.pipeline.sections.material import Findings, Material, source_of
from videobatch.pipeline.text.markdown import escape, stamp
from videobatch.pipeline.text.phrases import Phrases


def notes_of(findings: Findings, expected: str | None) -> tuple[str, ...]:
    """The notes, as escaped Markdown, one paragraph each: how much was read, where the text comes
    from, what is missing. `expected` is the language in which a reader expects what was said
    (None: in any)."""
    material, phrases = findings.material, findings.phrases
    found = [
        _partial(material, phrases),
        _text(material, phrases),
        _other_language(findings, expected),
    ]
    return tuple(note for note in found if note)


def _partial(material: Material, phrases: Phrases) -> str | None:
    coverage = material.coverage
    if coverage.problem is None:
        return None
    read, problem = stamp(coverage.read_s), escape(coverage.problem, 300)
    if coverage.declared_s <= coverage.read_s:
        return phrases.partial_unknown.format(read=read, problem=problem)
    return phrases.partial.format(
        read=read,
        declared=stamp(coverage.declared_s),
        percent=int(100 * coverage.read_s / coverage.declared_s),
        problem=problem,
    )


def _text(material: Material, phrases: Phrases) -> str | None:
    transcript = material.transcript
    if transcript is None or not material.has_speech:
        return _silent(material, phrases)
    source = escape(source_of(transcript.source, phrases), 200)
    if material.from_subtitles:
        return phrases.subtitles.format(source=source)
    return phrases.rough.format(model=source) if transcript.rough else None


def _silent(material: Material, phrases: Phrases) -> str:
    if material.coverage.is_partial and material.coverage.read_s == 0:
        return phrases.nothing
    sound = material.probe.audio is not None
    if material.frames:
        return phrases.no_speech if sound else phrases.no_sound
    return phrases.audio_without_speech if sound else phrases.nothing


def _other_language(findings: Findings, expected: str | None) -> str | None:
    """The note for a reader of another language: what was said stands as it was said."""
    material, phrases = findings.material, findings.phrases
    if expected is None or not material.has_speech or material.spoken == expected:
        return None
    if material.spoken is not None:
        named = material.language or material.spoken
        return phrases.other_language.format(language=escape(named, 20))
    # Of Latin letters nobody knows the language; of other ones, that it is not this.
    return phrases.unknown_language if expected == "zh" else None
