"""Translate: what was said, line by line in the language of the document, where a language model
writes and the template wants it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.sections.notes import is_other
from videobatch.pipeline.templates import Template, document_language
from videobatch.pipeline.text.script import language_of_script
from videobatch.pipeline.text.vocabulary import occurring
from videobatch.pipeline.translating.glossary_file import read_glossary
from videobatch.pipeline.translating.task import Line, Task, is_partly_foreign
from videobatch.pipeline.translating.terms import agreed, find_terms
from videobatch.pipeline.translating.translation import lines_to_ask, translation_of
from videobatch.pipeline.words import transcripts
from videobatch.pipeline.work import Work
from videobatch.ports import Writer
from videobatch.records import (
    GlossaryTerm,
    Stage,
    Transcript,
    Translation,
)

log = logging.getLogger(__name__)

# The checkpoint of the terms that hold for all stretches of this video, whatever others add.
GLOSSARY = "glossary"
_TERMS = TypeAdapter(tuple[GlossaryTerm, ...])


@dataclass(frozen=True, slots=True)
class Wanted:
    """The words that are to be translated into `language`, and by whom."""

    transcript: Transcript
    language: str
    writer: Writer


def wanted_translation(work: Work, template: Template, material: Material) -> Wanted | None:
    """The translation that the template wants; None where what is said stays as it is. Raises
    SettingsError for a writer that cannot be asked."""
    if not template.translate or material.transcript is None:
        return None
    language = document_language(template, work.options.document_language, material.spoken)
    said = [line.text for line in material.transcript.utterances]
    # Cantonese has a name of its own, and the same script.
    is_in_it = not is_other(material, language) or language_of_script(said) == language
    if is_in_it and not is_partly_foreign(said, language):
        return None
    writer = work.tools.writer(work.options)
    return None if writer is None else Wanted(material.transcript, language, writer)


def translate_stage(work: Work, material: Material, wanted: Wanted) -> Translation:
    """The translation. MUST keep the number and the times of the cues, use one translation for
    each term, and leave lines that the model does not give as they were said, with a remark. MUST
    NOT ask for a stretch twice until the document is done, whatever the folder's glossary has
    become. Raises PermanentError (`untranslated`) where not even half of it is translated."""
    work.progress.report(Stage.TRANSLATE, 0, 1)
    writer, language = wanted.writer, wanted.language
    cues = transcripts.cues(wanted.transcript)
    lines = lines_to_ask(cues, language, material.spoken)
    task = Task(
        writer=writer,
        title=material.title,
        language=language,
        lines=lines,
        glossary=_glossary(work, writer, material.title, lines, language),
        on_calls=lambda done, total: work.progress.report(Stage.TRANSLATE, done, total),
        is_last_try=work.is_last_try,
    )
    return translation_of(task, cues)


def _glossary(
    work: Work, writer: Writer, title: str, lines: Sequence[Line], language: str
) -> tuple[GlossaryTerm, ...]:
    """The terms of this video: found once, made one with those of its folder, and from then on the
    same for each try of it."""
    content = work.original.content_hash[:16]
    # Other subtitles are other words, which have other terms.
    made_of = f"{content}+{work.original.beside()}"
    mark, _, text = (work.checkpoints.get(GLOSSARY) or "").partition(" ")
    if content and mark == made_of:
        try:
            return _TERMS.validate_json(text)
        except ValidationError:
            log.warning("the kept glossary is of another version; it is made anew")
    users = read_glossary(work.root)
    own = find_terms(writer, title, lines, language, is_last_try=work.is_last_try)
    shared = work.tools.share_terms(work.claim, own)
    said = "\n".join(line.text for line in lines)
    terms = occurring(agreed(own, shared, users), said)
    work.checkpoints.put(GLOSSARY, f"{made_of} {_TERMS.dump_json(terms).decode()}")
    return terms
