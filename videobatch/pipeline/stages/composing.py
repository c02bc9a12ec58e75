"""Compose: the document, from all that was found and what a language model wrote of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from videobatch.errors import (
    ANSWER_CUT,
    BAD_ANSWER,
    NO_ANSWER,
    NO_PICTURES,
    REFUSED,
    PermanentError,
    RejectedError,
    SettingsError,
    ThrottledError,
    TimeLimitError,
    TransientError,
    VideobatchError,
)
from videobatch.media.container.streams import stops_early
from videobatch.media.files.atomic import KEYFRAMES, as_our_errors
from videobatch.media.files.folders import open_folder
from videobatch.pipeline.document import Document, compose
from videobatch.pipeline.outputs.place import own_names
from videobatch.pipeline.outputs.publication import attempt_dir
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.sections.written import Written
from videobatch.pipeline.slides.changes import slides_of
from videobatch.pipeline.stages.picturing import Stills
from videobatch.pipeline.stages.reading import Slides
from videobatch.pipeline.stages.transcribing import Transcription
from videobatch.pipeline.templates import Template, document_language
from videobatch.pipeline.text.jumps import Jumps, address
from videobatch.pipeline.text.phrases import remark
from videobatch.pipeline.text.sentences import statements
from videobatch.pipeline.work import Work
from videobatch.pipeline.writing import Task, write
from videobatch.pipeline.writing.prompts import slide_lines
from videobatch.ports import Writer
from videobatch.records import (
    Coverage,
    Phase,
    Picture,
    Probe,
    RemarkCode,
    Stage,
    Translation,
    Utterance,
)

log = logging.getLogger(__name__)

# Why a model wrote nothing, for a reader who has many documents; others are "error".
REASONS = MappingProxyType(
    {
        ANSWER_CUT: "length",
        REFUSED: "refusal",
        BAD_ANSWER: "bad answer",
        NO_ANSWER: "no answer",
        NO_PICTURES: "no pictures",
        RejectedError.default_code: "request rejected",
    }
)


def material_of(
    work: Work, probe: Probe, heard: Transcription, seen: Stills, shown: Slides
) -> Material:
    """All that was found in the video."""
    job = work.claim.job
    return Material(
        name=job.name,
        probe=probe,
        coverage=coverage(probe, heard, seen),
        transcript=heard.transcript,
        frames=seen.refs,
        scene_changes_s=seen.scene_changes_s,
        created=work.tools.today(),
        software=work.tools.software,
        remarks=(*heard.remarks, *seen.remarks, *shown.remarks),
        slides=slides_of(shown.stills),
        jumps=Jumps(address(job.source_uri, job.out_uri), work.options.links),
    )


def compose_stage(
    work: Work, material: Material, seen: Stills, translation: Translation | None = None
) -> Document:
    """The document. MUST say what could not be read, and be equal for equal findings; MUST NOT
    lose what was said where the language model gives nothing of use."""
    work.progress.report(Stage.COMPOSE, 0, 1)
    job = work.claim.job
    template = work.tools.template(job.template, work.options.template_hash)
    if translation is not None:
        remarks = (*material.remarks, *translation.remarks)
        material = replace(material, translation=translation, remarks=remarks)
    writer = work.tools.writer(work.options)
    written = None if writer is None else _written(work, writer, template, material, seen)
    with work.tools.phases.mark(Phase.CPU):
        document = compose(template, job.params, material, written, work.options.document_language)
    work.progress.report(Stage.COMPOSE, 1, 1)
    return document


def _written(
    work: Work, writer: Writer, template: Template, material: Material, seen: Stills
) -> Written | None:
    """Has the model write; marked as unusable where it gave nothing of use."""

    def on_calls(done: int, total: int) -> None:
        work.progress.report(Stage.COMPOSE, done, total + 1)

    said = material.transcript.utterances if material.transcript else ()
    task = Task(
        writer=writer,
        template=template,
        params=work.claim.job.params,
        material=material,
        lines=_in_order((*slide_lines(material.slides), *statements(said))),
        pictures=_pictures(work, seen, template.pictures),
        on_calls=on_calls,
        context_tokens=writer.context_tokens,
        language=document_language(template, work.options.document_language, material.spoken),
        is_last_try=work.is_last_try,
    )
    try:
        return write(task)
    except SettingsError:
        raise
    except PermanentError as error:
        # It would say so again.
        return _unusable(writer, error)
    except TransientError as error:
        if isinstance(error, ThrottledError | TimeLimitError) or not work.is_last_try:
            raise
        return _unusable(writer, error)


def _in_order(lines: Sequence[Utterance]) -> tuple[Utterance, ...]:
    return tuple(sorted(lines, key=lambda line: line.start_s))


def _unusable(writer: Writer, error: VideobatchError) -> Written:
    """No words of the model: what was said is not lost for that."""
    log.warning("%s; the document is made without it", error.message)
    reason = REASONS.get(error.code, "error")
    unusable = remark(
        RemarkCode.WRITER_UNUSABLE,
        lambda say: say.tell(
            "writer_unusable", model=writer.model, reason=reason, problem=error.message
        ),
    )
    by = f"{writer.name} {writer.model}"
    return Written(by, is_usable=False, reason=reason, remarks=(unusable,))


def _pictures(work: Work, seen: Stills, most: int) -> tuple[Picture, ...]:
    """At most so many stills, spread evenly over those there are."""
    stills, count = seen.stills, min(most, len(seen.stills))
    chosen = [stills[i * len(stills) // count] for i in range(count)]
    if not chosen:
        return ()
    folder = attempt_dir(work.claim) / KEYFRAMES
    own = own_names(work.claim.job.name) + 2
    with (
        work.tools.phases.mark(Phase.IO),
        as_our_errors(folder),
        open_folder(folder, own=own) as keyframes,
    ):
        return tuple(Picture(s.at_s, keyframes.read(s.name, s.size_bytes)) for s in chosen)


def coverage(probe: Probe, heard: Transcription, seen: Stills) -> Coverage:
    """The part of the file that was read: what is missing of the sound counts before the pictures,
    but where one of them cannot be read at all, what was read of the other counts."""
    gaps_s = heard.coverage.gaps_s if heard.coverage else 0.0
    return replace(_read(probe, heard, seen), gaps_s=gaps_s)


def _read(probe: Probe, heard: Transcription, seen: Stills) -> Coverage:
    looks = [look for look in (heard.coverage, seen.coverage) if look is not None]
    if not looks:
        return Coverage(probe.duration_s, probe.duration_s)
    declared_s = max(look.declared_s for look in looks)
    furthest = max(looks, key=lambda look: look.read_s)
    broken = [look for look in looks if look.problem is not None]
    if not broken:
        return Coverage(declared_s, furthest.read_s)
    if furthest.read_s == 0:
        return Coverage(declared_s, 0.0, stops_early(declared_s, 0.0))
    if all(look.problem == stops_early(look.declared_s, look.read_s) for look in looks):
        # Sound and pictures of a file that was cut end near each other: that is one problem.
        return furthest
    problems = dict.fromkeys(look.problem for look in broken if look.problem)
    told = broken[0] if broken[0].read_s else furthest
    return Coverage(told.declared_s, told.read_s, "; ".join(problems))
