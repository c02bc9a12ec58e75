"""The gallery's documents, made by the engine from talks that are laid out by script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.gallery.answers import StoredWriter, load_answers
from benchmarks.talks import Told, load_told
from videobatch.pipeline.document import Document, compose
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.sections.written import Written
from videobatch.pipeline.templates import (
    Template,
    check_params,
    document_language,
    load_templates,
)
from videobatch.pipeline.text.jumps import Jumps
from videobatch.pipeline.text.sentences import statements
from videobatch.pipeline.translating.task import Task as TranslationTask
from videobatch.pipeline.translating.terms import find_terms
from videobatch.pipeline.translating.translation import lines_to_ask, translation_of
from videobatch.pipeline.words import transcripts
from videobatch.pipeline.writing import Task, write
from videobatch.pipeline.writing.prompts import slide_lines
from videobatch.records import Translation, Utterance

TALKS = Path(__file__).parent / "talks"
OFFLINE, WRITTEN = "offline", "written"
# The folder of the videos, from a document: they are not in the gallery.
VIDEOS = "../../../videos"
ORDER = ("summary_report", "comprehensive_lesson", "flash_cards", "chinese_transcript")


@dataclass(frozen=True, slots=True)
class Made:
    """A document of the gallery: its talk, its template, and how it came about."""

    kind: str
    talk: Told
    template: str
    document: Document

    @property
    def path(self) -> str:
        """Its place below the gallery's folder."""
        return f"{self.kind}/{self.talk.name}/{self.template}.md"


def load_talks() -> tuple[Told, ...]:
    """The ten talks: those of the benchmark of documents, and those with slides."""
    return tuple(sorted((*load_told(), *load_told(TALKS)), key=lambda talk: talk.name))


def material_of(talk: Told) -> Material:
    """The talk as it comes from a video beside the folder of the documents."""
    found = talk.material
    return replace(found, jumps=Jumps(f"{VIDEOS}/{quote(found.name)}"))


def documents(talks: Sequence[Told] | None = None) -> Iterator[Made]:
    """Every document of the gallery, talk by talk. Safe to repeat: equal each time."""
    for talk in load_talks() if talks is None else talks:
        material, answers = material_of(talk), load_answers(talk.name)
        for name in ORDER:
            template = load_templates()[name]
            if template.speech_language in (None, talk.language):
                yield Made(OFFLINE, talk, name, _composed(template, material, None))
            if name in answers:
                written = write(task_of(template, material, StoredWriter(answers[name])))
                told = replace(material, translation=_translated(material, name, answers))
                yield Made(WRITTEN, talk, name, _composed(template, told, written))


def task_of(template: Template, material: Material, writer: StoredWriter) -> Task:
    """The order to write, as the compose stage gives it."""
    said = material.transcript.utterances if material.transcript else ()
    lines = (*slide_lines(material.slides), *statements(said))
    return Task(
        writer=writer,
        template=template,
        params=check_params(template, {}),
        material=material,
        lines=_in_order(lines),
        pictures=(),
        on_calls=lambda done, total: None,
        context_tokens=writer.context_tokens,
        language=document_language(template, None, material.spoken),
    )


def _translated(
    material: Material, template: str, answers: Mapping[str, Mapping[str, Any]]
) -> Translation | None:
    """The translation by the stored answers, where there are any."""
    if f"{template}.lines" not in answers or material.transcript is None:
        return None
    language = document_language(load_templates()[template], None, material.spoken)
    cues = transcripts.cues(material.transcript)
    lines = lines_to_ask(cues, language, material.spoken)
    asked = StoredWriter(answers[f"{template}.terms"])
    task = TranslationTask(
        writer=StoredWriter(answers[f"{template}.lines"]),
        title=material.title,
        language=language,
        lines=lines,
        glossary=find_terms(asked, material.title, lines, language),
        on_calls=lambda done, total: None,
    )
    return translation_of(task, cues)


def _composed(template: Template, material: Material, written: Written | None) -> Document:
    return compose(template, check_params(template, {}), material, written)


def _in_order(lines: Sequence[Utterance]) -> tuple[Utterance, ...]:
    return tuple(sorted(lines, key=lambda line: line.start_s))
