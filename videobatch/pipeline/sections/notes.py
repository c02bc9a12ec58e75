"""Notes that a reader needs before trusting a document."""

from __future__ import annotations

from videobatch.languages import primary
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.text.markdown import escape, stamp
from videobatch.pipeline.text.phrases import Phrases


def notes_of(material: Material, phrases: Phrases, speech_language: str | None) -> tuple[str, ...]:
    """The notes, as escaped Markdown, one paragraph each: how much was read, where the text comes
    from, what is missing. `speech_language` is what the template wants."""
    found = [
        _partial(material, phrases),
        _text(material, phrases),
        _other_language(material, phrases, speech_language),
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
    source = escape(transcript.source, 200)
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


def _other_language(
    material: Material, phrases: Phrases, speech_language: str | None
) -> str | None:
    language = material.language
    if speech_language is None or language is None:
        return None
    if primary(language) == speech_language:
        return None
    return phrases.other_language.format(language=escape(language, 20))
