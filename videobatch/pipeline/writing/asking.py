"""Writing by a language model: in one call where the material fits, else from notes of its parts.

lines ──fits──────────────────────────────────────► document call ► held against the video ► Written
  └─too long─► parts ► notes call for each ► lines of notes ─┘ (again, while they are too long)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from videobatch.errors import NO_PICTURES, TOO_LARGE, BudgetError, PermanentError
from videobatch.pipeline.sections.length import most_words
from videobatch.pipeline.sections.written import Written
from videobatch.pipeline.text.phrases import remark
from videobatch.pipeline.writing.answer import read_written
from videobatch.pipeline.writing.grounding import grounded
from videobatch.pipeline.writing.prompts import Given, document_system, document_user
from videobatch.pipeline.writing.stretches import notes_of_stretches
from videobatch.pipeline.writing.task import (
    TOO_SMALL,
    Task,
    moments_of,
    room_for_lines,
    tokens_of,
)
from videobatch.pipeline.writing.wanted import Part, answer_tokens, schema_of, wanted_parts
from videobatch.records import Picture, Remark, RemarkCode, Utterance


def write(task: Task) -> Written | None:
    """Has the model write; None where the template wants nothing written, or nothing was said
    and no picture is shown.

    A call that is larger than the account's bucket is never sent, and one that the model cannot
    hold is rejected: it is asked in smaller ones. A model that takes no pictures gets none, and
    that is said. Raises PermanentError as the writer does (`no_pictures` where nothing was said
    either), and `context_too_small`. Safe to repeat: answers are paid for once.
    """
    refused: BudgetError | PermanentError | None = None
    remarks: tuple[Remark, ...] = ()
    while True:
        try:
            written = _write(task)
            return written and replace(written, remarks=(*written.remarks, *remarks))
        except (BudgetError, PermanentError) as error:
            if error.code == NO_PICTURES and task.pictures and task.lines:
                remarks = (_without_pictures(error.message),)
                task = replace(task, pictures=())
            elif error.code == TOO_LARGE:
                refused = error
                task = replace(task, context_tokens=task.context_tokens // 2)
            elif refused is not None and error.code == TOO_SMALL:
                raise refused from error
            else:
                raise


def _without_pictures(problem: str) -> Remark:
    return remark(RemarkCode.NO_PICTURES, lambda say: say.tell("no_pictures", problem=problem))


def _write(task: Task) -> Written | None:
    parts = wanted_parts(task.template, task.params, task.material.duration_s, task.told_s)
    pictures = task.pictures
    if not parts or not (task.lines or pictures):
        return None
    if pictures and task.writer.picture_tokens is None:
        # Known from an earlier rejection.
        raise PermanentError(f"{task.writer.model} takes no pictures", code=NO_PICTURES)
    most, schema = answer_tokens(parts), schema_of(parts)
    length = most_words(task.params)
    frame = document_user(task.material, parts, (), pictures, length)
    # What rests on notes is told more.
    system = _system(task, parts, from_notes=True)
    room = room_for_lines(task, f"{system}{frame}{schema}", most, len(pictures))
    unread: list[Remark] = []
    lines, is_noted = _shortened(task, pictures, room, unread)
    if is_noted:
        # The notes tell of the pictures already.
        pictures = ()
    system = _system(task, parts, from_notes=is_noted)
    moments = moments_of(task, task.lines, task.pictures)
    name = f"{task.writer.name} {task.writer.model}"
    written = task.writer.complete(
        system,
        document_user(task.material, parts, lines, pictures, length),
        max_tokens=most,
        schema=schema,
        check=lambda answer: read_written(answer, parts, moments, name),
        pictures=pictures,
    )
    task.on_calls(1, 1)
    return grounded(task, replace(written, remarks=(*written.remarks, *unread)))


def _system(task: Task, parts: Sequence[Part], *, from_notes: bool) -> str:
    given = Given(
        slides=task.has_slides,
        pictures=bool(task.pictures),
        notes=from_notes,
        blocks=any(part.has_blocks for part in parts),
    )
    return document_system(task.template, task.language, task.params, given)


def _shortened(
    task: Task, pictures: Sequence[Picture], room: int, unread: list[Remark]
) -> tuple[Sequence[Utterance], bool]:
    """The lines, or notes of them that fit; what the model did not read is added to `unread`."""
    lines, is_noted = task.lines, False
    while tokens_of(lines) > room:
        shorter = notes_of_stretches(task, lines, () if is_noted else pictures, unread)
        if tokens_of(shorter) > 0.9 * tokens_of(lines):
            raise PermanentError(
                f"the notes of {task.writer.model} do not get shorter than what they are of",
                hint="raise VIDEOBATCH_API__CONTEXT_TOKENS, or try another model",
                code=TOO_SMALL,
            )
        lines, is_noted = shorter, True
    return lines, is_noted
