"""Translate: what was said, line by line in the language of the document, where a language model
writes and the template wants it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from videobatch.errors import PermanentError
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.sections.notes import is_other
from videobatch.pipeline.templates import Template, document_language
from videobatch.pipeline.text.markdown import plain, stamp
from videobatch.pipeline.text.phrases import remark
from videobatch.pipeline.text.script import language_of_script
from videobatch.pipeline.text.vocabulary import occurring
from videobatch.pipeline.translating.asking import Translated, translate
from videobatch.pipeline.translating.glossary_file import read_glossary
from videobatch.pipeline.translating.task import Line, Task, is_foreign
from videobatch.pipeline.translating.terms import agreed, find_terms
from videobatch.pipeline.words import transcripts
from videobatch.pipeline.words.cues.making import Cue
from videobatch.pipeline.work import Work
from videobatch.ports import Writer
from videobatch.records import (
    GlossaryTerm,
    Remark,
    RemarkCode,
    Stage,
    Transcript,
    TranslatedLine,
    Translation,
)

log = logging.getLogger(__name__)

# The checkpoint of the terms that hold for all stretches of this video, whatever others add.
GLOSSARY = "glossary"
# A document in which less is translated is none in that language.
LEAST_SHARE = 0.5
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
    said = (line.text for line in material.transcript.utterances)
    if not is_other(material, language) or language_of_script(said) == language:
        # Cantonese has a name of its own, and the same script.
        return None
    writer = work.tools.writer(work.options)
    return None if writer is None else Wanted(material.transcript, language, writer)


def translate_stage(work: Work, material: Material, wanted: Wanted) -> Translation:
    """The translation. MUST keep the number and the times of the cues, use one translation for
    each term, and leave lines that the model does not give as they were said, with a remark. MUST
    NOT ask for a stretch twice, whatever the folder's glossary has become. Raises PermanentError
    (`untranslated`) where not even half of it is translated."""
    work.progress.report(Stage.TRANSLATE, 0, 1)
    writer, language = wanted.writer, wanted.language
    cues = transcripts.cues(wanted.transcript)
    lines = [Line(number, _text(cue)) for number, cue in enumerate(cues, 1)]
    asked = [line for line in lines if is_foreign(line.text, language, material.spoken)]
    glossary = _glossary(work, writer, material.title, asked, language)
    task = Task(
        writer=writer,
        title=material.title,
        language=language,
        lines=asked,
        glossary=glossary,
        on_calls=lambda done, total: work.progress.report(Stage.TRANSLATE, done, total),
        is_last_try=work.is_last_try,
    )
    found = translate(task)
    _refuse_if_little(writer, asked, found)
    numbers = {line.number for line in asked}
    return Translation(
        language=language,
        by=f"{writer.name} {writer.model}",
        lines=tuple(
            _line(cue, line, found, is_asked=line.number in numbers)
            for cue, line in zip(cues, lines, strict=True)
        ),
        terms=glossary,
        remarks=_remarks(writer, asked, cues, found),
    )


def _text(cue: Cue) -> str:
    first = cue.lines[0].removeprefix(cue.label).lstrip() if cue.lines else ""
    return plain(" ".join([first, *cue.lines[1:]]))


def _line(cue: Cue, line: Line, found: Translated, *, is_asked: bool) -> TranslatedLine:
    text = found.texts.get(line.number)
    source = [cue.lines[0].removeprefix(cue.label).lstrip(), *cue.lines[1:]]
    return TranslatedLine(
        start_ms=cue.start_ms,
        end_ms=cue.end_ms,
        source=tuple(filter(None, source)),
        text=line.text if text is None else text,
        speaker=cue.speaker,
        label=cue.label,
        is_translated=text is not None or not is_asked,
    )


def _glossary(
    work: Work, writer: Writer, title: str, lines: Sequence[Line], language: str
) -> tuple[GlossaryTerm, ...]:
    """The terms of this video: found once, made one with those of its folder, and from then on the
    same for each try of it."""
    content = work.original.content_hash[:16]
    mark, _, text = (work.checkpoints.get(GLOSSARY) or "").partition(" ")
    if content and mark == content:
        try:
            return _TERMS.validate_json(text)
        except ValidationError:
            log.warning("the kept glossary is of another version; it is made anew")
    users = read_glossary(work.root)
    own = find_terms(writer, title, lines, language)
    shared = work.tools.share_terms(work.claim, own)
    said = "\n".join(line.text for line in lines)
    terms = occurring(agreed(own, shared, users), said)
    work.checkpoints.put(GLOSSARY, f"{content} {_TERMS.dump_json(terms).decode()}")
    return terms


def _refuse_if_little(writer: Writer, asked: Sequence[Line], found: Translated) -> None:
    if len(found.texts) >= LEAST_SHARE * len(asked):
        return
    why = f": {found.lost[0].message}" if found.lost else ""
    raise PermanentError(
        f"{writer.model} translated {len(found.texts)} of {len(asked)} lines{why}",
        hint="try another model (VIDEOBATCH_API__WRITER), then `videobatch retry`",
        code="untranslated",
    )


def _remarks(
    writer: Writer, asked: Sequence[Line], cues: Sequence[Cue], found: Translated
) -> tuple[Remark, ...]:
    lost = [line.number for line in asked if line.number not in found.texts]
    told: list[Remark] = []
    for code, numbers in (
        (RemarkCode.UNTRANSLATED, lost),
        (RemarkCode.FIGURES_DIFFER, sorted(found.figures)),
    ):
        if numbers:
            told.append(_told(code, writer.model, numbers, cues))
    return tuple(told)


def _told(code: RemarkCode, model: str, numbers: Sequence[int], cues: Sequence[Cue]) -> Remark:
    shown = [stamp(cues[number - 1].start_ms / 1000) for number in numbers[:5]]
    left = len(numbers) - len(shown)
    return remark(
        code,
        lambda say: say.tell(
            code.value, model=model, count=len(numbers), at=say.enumerated(shown, left)
        ),
    )
