"""Notes that a reader needs before trusting a document."""

from __future__ import annotations

from videobatch.media.container.streams import clock, stops_early
from videobatch.pipeline.sections.material import Findings, Material, source_of
from videobatch.pipeline.text.markdown import escape, stamp
from videobatch.pipeline.text.phrases import Phrases, remark
from videobatch.records import Coverage, Remark, RemarkCode


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
    read, problem = stamp(coverage.read_s), escape(_problem(coverage, phrases), 300)
    if coverage.declared_s <= coverage.read_s:
        return phrases.partial_unknown.format(read=read, problem=problem)
    return phrases.partial.format(
        read=read,
        declared=stamp(coverage.declared_s),
        percent=int(100 * coverage.read_s / coverage.declared_s),
        problem=problem,
    )


def _problem(coverage: Coverage, phrases: Phrases) -> str:
    """The reason why not all was read; the most frequent ones in the document's language."""
    declared, read = clock(coverage.declared_s), clock(coverage.read_s)
    if coverage.problem != stops_early(coverage.declared_s, coverage.read_s):
        return coverage.problem or ""
    if coverage.read_s <= 0:
        return phrases.unreadable.format(declared=declared)
    return phrases.stops_early.format(declared=declared, read=read)


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
    if not is_other(material, expected):
        return None
    if material.spoken is None:
        return phrases.unknown_language
    named = material.language or material.spoken
    return phrases.other_language.format(language=escape(named, 20))


def is_other(material: Material, expected: str | None) -> bool:
    """True where another language than that is spoken. Of Latin letters nobody knows which it is,
    but that it is not Chinese."""
    if expected is None or not material.has_speech:
        return False
    return material.spoken != expected if material.spoken else expected == "zh"


def other_language_remark(material: Material) -> Remark:
    """Tells whoever looks at a batch that a document does not translate what is said."""
    spoken = material.language or material.spoken
    if spoken is None:
        return remark(RemarkCode.OTHER_LANGUAGE, lambda say: say.tell("unknown_language"))
    return remark(
        RemarkCode.OTHER_LANGUAGE, lambda say: say.tell("other_language", language=spoken)
    )
