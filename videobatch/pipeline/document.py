"""The finished document, composed from a template and the findings about a video."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from videobatch.errors import SettingsError
from videobatch.pipeline.sections.cards import Card
from videobatch.pipeline.sections.kinds import KINDS, Built, build
from videobatch.pipeline.sections.length import COUNTED, most_words, shares, words_in
from videobatch.pipeline.sections.material import Findings, Material
from videobatch.pipeline.sections.notes import is_other, notes_of, other_language_remark
from videobatch.pipeline.sections.written import Written
from videobatch.pipeline.templates.definition import Template
from videobatch.pipeline.templates.language import document_language
from videobatch.pipeline.templates.rendering import render_body
from videobatch.pipeline.text.jumps import NO_JUMPS
from videobatch.pipeline.text.markdown import escape, plain, stamp
from videobatch.pipeline.text.phrases import PHRASES
from videobatch.pipeline.text.sentences import CJK, count_words
from videobatch.records import UNCHECKED, Chapter, Checked, Remark, RemarkCode, Utterance

# What the notes say already, in the document's own language.
NOTED = frozenset({RemarkCode.WRITER_UNUSABLE, RemarkCode.OTHER_LANGUAGE})


@dataclass(frozen=True, slots=True)
class Document:
    """A finished document: Markdown with YAML front matter, and what it counts. `unwritten` is why
    it was made without the language model that was to write it, `checked` what became of the
    statements of one that did. `language` is that of what is said, `written_in` its own;
    `cards` are the flash cards in it."""

    markdown: str
    title: str
    language: str | None
    written_in: str
    words: int
    chapters: tuple[Chapter, ...]
    notes: tuple[str, ...]
    writer: str | None = None
    remarks: tuple[Remark, ...] = ()
    unwritten: str | None = None
    checked: Checked = UNCHECKED
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class BuiltSection:
    """A section as a template's body sees it; `text` is Markdown, "" for
    one that has nothing to show."""

    id: str
    title: str
    text: str


def compose(
    template: Template,
    params: Mapping[str, Any],
    material: Material,
    written: Written | None = None,
    language: str | None = None,
) -> Document:
    """The document of one video. Pure: equal arguments give equal documents.

    `params` come from `check_params`, `written` from a language model, `language` is the wish.
    Raises SettingsError if the template's body fails.
    """
    own = document_language(template, language, material.spoken)
    findings = Findings(material, PHRASES[own], written)
    # A language model translates; but a template that wants a language quotes all that was said.
    is_written = written is not None and written.is_usable
    is_translated = material.translation is not None
    expected = template.speech_language or (None if is_written else own)
    expected = None if is_translated else expected
    remarks = (*material.remarks, *(written.remarks if written else ()))
    if (language or template.speech_language) and is_other(material, expected):
        # Of a language that somebody wants, who looks at the batch is told, too.
        remarks = (*remarks, other_language_remark(material))
    notes = _notes(findings, remarks, own, expected)
    built = _built(template, params, findings)
    try:
        body = render_body(template, _context(template, params, findings, notes, own, built))
    except SettingsError:
        if material.jumps is NO_JUMPS:
            raise
        # Links may be what is too long: no document is lost for them.
        return compose(template, params, replace(material, jumps=NO_JUMPS), written, language)
    return Document(
        markdown=f"{_front_matter(template, material, written, own)}\n{body.strip()}\n",
        title=material.title,
        language=material.language,
        written_in=own,
        words=count_words(material.transcript.utterances) if material.transcript else 0,
        chapters=findings.chapters,
        notes=notes,
        writer=written.writer if written and written.is_usable else None,
        remarks=remarks,
        unwritten=written.reason if written and not written.is_usable else None,
        checked=written.checked if written else UNCHECKED,
        cards=tuple(card for each in built.values() for card in each.cards),
    )


def _notes(
    findings: Findings, remarks: Sequence[Remark], language: str, expected: str | None
) -> tuple[str, ...]:
    """The notes at the document's head: about its words, from the remarks, and of its writer."""
    phrases, written = findings.phrases, findings.written
    notes = notes_of(findings, expected)
    told = (remark.in_language(language) for remark in remarks if remark.code not in NOTED)
    notes = (*notes, *(escape(_sentence(message), 500) for message in told))
    translation = findings.material.translation
    if translation is not None:
        notes = (*notes, phrases.translated.format(model=escape(translation.by, 200)))
    if written is None:
        return notes
    say = phrases.written if written.is_usable else phrases.unwritten
    return (*notes, say.format(model=escape(written.writer, 200)))


def _built(
    template: Template, params: Mapping[str, Any], findings: Findings
) -> Mapping[str, Built]:
    """The sections by their ids, with as much in each as the wished length allows."""
    most = most_words(params)
    kinds = {section.id: section.kind for section in template.sections}
    built: Mapping[str, Built] = {}
    for share in shares(most):
        built = _sections(template, params, findings, share)
        counted = [each.text for name, each in built.items() if kinds[name] in COUNTED]
        if most is None or sum(map(words_in, counted)) <= most:
            break
    return built


def _sections(
    template: Template, params: Mapping[str, Any], findings: Findings, share: float
) -> Mapping[str, Built]:
    """The sections by their ids, but for those that a short video does without, with that share of
    what the template wants in each."""
    found: dict[str, Built] = {}
    shown: list[Utterance] = []
    left_out = _left_out(template, findings)
    # What defines a term is of more use beside it than among the points.
    for section in sorted(template.sections, key=lambda section: section.kind != "glossary"):
        if section.id not in left_out:
            options = template.options_of(section, dict(params), share)
            found[section.id] = build(section.kind, section.id, findings, options, shown)
            shown += found[section.id].quoted
    return found


def _context(
    template: Template,
    params: Mapping[str, Any],
    findings: Findings,
    notes: tuple[str, ...],
    language: str,
    built: Mapping[str, Built],
) -> dict[str, Any]:
    """The names that a template's body may use."""
    material = findings.material
    sections = {
        s.id: BuiltSection(
            s.id, escape(s.heading(language)), built[s.id].text if s.id in built else ""
        )
        for s in template.sections
    }
    return {
        "title": escape(material.title, 200),
        "source": escape(material.name, 300),
        "duration": stamp(material.duration_s),
        "language": escape(material.language or "", 20),
        "notes": notes,
        "sections": tuple(section for section in sections.values() if section.text),
        "section": sections,
        "params": {k: escape(v) if isinstance(v, str) else v for k, v in params.items()},
        "stamp": stamp,
    }


def _left_out(template: Template, findings: Findings) -> frozenset[str]:
    """The sections that a document does without where no language model wrote it.

    Of words that are mostly wrong, no terms and no questions. In a short video, of the sections
    that quote, the chapters are left, which hold the pictures, and the first other one: more would
    be the transcript in parts.
    """
    if findings.is_written:
        return frozenset()
    ids = {kind: [s.id for s in template.sections if s.kind == kind] for kind in KINDS}
    transcript = findings.material.transcript
    left_out = ids["glossary"] + ids["questions"] if transcript and transcript.rough else []
    if findings.is_short:
        quoting = [s.id for s in template.sections if s.kind in {"overview", "key_points"}]
        is_told = bool(quoting or ids["chapters"])
        is_headed = bool(ids["chapters"] or ids["transcript"])
        left_out += [*quoting[1:], *(ids["questions"] * is_told), *(ids["outline"] * is_headed)]
    return frozenset(left_out)


def _sentence(message: str) -> str:
    """A remark as it stands on a line of its own."""
    mark = "。" if CJK.search(message) and not message[-1:].isascii() else "."
    return f"{message[:1].upper()}{message[1:].rstrip('.。')}{mark}"


def _share(written: Written | None) -> float | None:
    """The share of a model's statements that was found, so that it is never told too high."""
    share = written.checked.share if written else None
    return None if share is None else math.floor(100 * share) / 100


def _front_matter(
    template: Template, material: Material, written: Written | None, language: str
) -> str:
    transcript = material.transcript
    fields: dict[str, Any] = {
        "title": material.title,
        "source": plain(material.name, 300),
        "created": material.created,
        "duration": stamp(material.duration_s),
        "language": plain(material.language or "", 20) or None,
        "document_language": language,
        "template": template.name,
        "transcript": plain(transcript.source, 200) if transcript and material.has_speech else None,
        "writer": plain(written.writer, 200) if written and written.is_usable else None,
        "translator": plain(material.translation.by, 200) if material.translation else None,
        "statements_found": _share(written),
        "rough": bool(transcript and material.has_speech and transcript.rough),
        "partial": material.coverage.is_partial,
        "tags": ["videobatch", *template.tags],
        "generator": plain(material.software, 100),
    }
    known = {key: value for key, value in fields.items() if value is not None}
    # No folding: each field stays on the line of its key, so that no text can begin a line.
    text = yaml.safe_dump(known, allow_unicode=True, sort_keys=False, width=2**20)
    return f"---\n{text}---\n"
