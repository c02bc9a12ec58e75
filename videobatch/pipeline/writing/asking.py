"""Writing by a language model: in one call where the material fits, else from notes of its parts.

lines ──fits──────────────────────────────────────► document call ► Written
  └─too long─► parts ► notes call for each ► lines of notes ─┘ (again, while they are too long)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from videobatch.errors import (
    ANSWER_CUT,
    BAD_ANSWER,
    NO_ANSWER,
    NO_PICTURES,
    REFUSED,
    TOO_LARGE,
    BudgetError,
    PermanentError,
)
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.sections.written import Written
from videobatch.pipeline.templates.definition import Template
from videobatch.pipeline.text.markdown import stamp
from videobatch.pipeline.writing.answer import Moments, entries_of, read_written, statements_of
from videobatch.pipeline.writing.prompts import (
    document_system,
    document_user,
    line_text,
    notes_system,
    notes_user,
)
from videobatch.pipeline.writing.wanted import (
    Part,
    answer_tokens,
    schema_of,
    wanted_parts,
)
from videobatch.ports import Writer
from videobatch.providers.tokens import estimate_tokens
from videobatch.records import Picture, Remark, RemarkCode, Utterance

OnCalls = Callable[[int, int], None]

# Notes of a stretch are at most this many, and at most a quarter of it, so that they get shorter.
MOST_NOTES, NOTE_TOKENS = 60, 80
LEAST_STRETCH_TOKENS = 500
# Errors that another stretch of the same talk need not have.
OF_THE_STRETCH = frozenset({REFUSED, BAD_ANSWER, ANSWER_CUT, NO_ANSWER})
TOO_SMALL = "context_too_small"


@dataclass(frozen=True, slots=True)
class Task:
    """One document to be written: of what, by whom. `on_calls` is told how many calls are done, of
    how many that are known of; no call holds more than `context_tokens`."""

    writer: Writer
    template: Template
    params: Mapping[str, Any]
    material: Material
    lines: Sequence[Utterance]
    pictures: Sequence[Picture]
    on_calls: OnCalls
    context_tokens: int


def write(task: Task) -> Written | None:
    """What the model wrote; None where the template wants nothing written, or nothing was said
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
                told = f"{error.message}; it wrote from what was said alone"
                remarks = (Remark(RemarkCode.NO_PICTURES, told),)
                task = replace(task, pictures=())
            elif error.code == TOO_LARGE:
                refused = error
                task = replace(task, context_tokens=task.context_tokens // 2)
            elif refused is not None and error.code == TOO_SMALL:
                raise refused from error
            else:
                raise


def _write(task: Task) -> Written | None:
    parts = wanted_parts(task.template, task.params, task.material.duration_s)
    pictures = task.pictures
    if not parts or not (task.lines or pictures):
        return None
    if pictures and task.writer.picture_tokens is None:
        # Known from an earlier rejection.
        raise PermanentError(f"{task.writer.model} takes no pictures", code=NO_PICTURES)
    system, most = document_system(task.template), answer_tokens(parts)
    schema = schema_of(parts)
    frame = document_user(task.material, parts, (), pictures)
    room = _room(task, f"{system}{frame}{schema}", most, len(pictures))
    unread: list[Remark] = []
    lines, is_noted = _shortened(task, pictures, room, unread)
    if is_noted:
        # The notes tell of the pictures already.
        pictures = ()
    moments = Moments(_begins(task.lines, task.pictures), task.material.duration_s)
    name = f"{task.writer.name} {task.writer.model}"
    written = task.writer.complete(
        system,
        document_user(task.material, parts, lines, pictures),
        max_tokens=most,
        schema=schema,
        check=lambda answer: read_written(answer, parts, moments, name),
        pictures=pictures,
    )
    task.on_calls(1, 1)
    return replace(written, remarks=(*written.remarks, *unread))


def _room(task: Task, frame: str, answer: int, pictures: int) -> int:
    """The tokens that are left for lines. Raises PermanentError where there are too few."""
    shown = pictures * (task.writer.picture_tokens or 0)
    room = task.context_tokens - estimate_tokens(frame) - answer - shown
    if room < LEAST_STRETCH_TOKENS:
        raise PermanentError(
            f"{task.context_tokens} tokens are too few to ask {task.writer.model} for this "
            "template",
            hint="raise VIDEOBATCH_API__CONTEXT_TOKENS, or ask for less with --set",
            code=TOO_SMALL,
        )
    return room


def _shortened(
    task: Task, pictures: Sequence[Picture], room: int, unread: list[Remark]
) -> tuple[Sequence[Utterance], bool]:
    """The lines, or notes of them that fit; what the model did not read is added to `unread`."""
    lines, is_noted = task.lines, False
    while _tokens(lines) > room:
        shorter = _noted(task, lines, () if is_noted else pictures, unread)
        if _tokens(shorter) > 0.9 * _tokens(lines):
            raise PermanentError(
                f"the notes of {task.writer.model} do not get shorter than what they are of",
                hint="raise VIDEOBATCH_API__CONTEXT_TOKENS, or try another model",
                code=TOO_SMALL,
            )
        lines, is_noted = shorter, True
    return lines, is_noted


def _noted(
    task: Task, lines: Sequence[Utterance], pictures: Sequence[Picture], unread: list[Remark]
) -> Sequence[Utterance]:
    """Notes of every stretch, several calls at a time, in their order. One that the model refuses
    costs its own notes; all of them raise the first refusal."""
    system = notes_system(task.template)
    part = Part("notes", "statement", MOST_NOTES, "")
    frame = notes_user(task.material, MOST_NOTES, (), pictures)
    most = MOST_NOTES * NOTE_TOKENS
    room = _room(task, f"{system}{frame}{schema_of([part])}", most, len(pictures))
    stretches = list(_stretches(lines, room))
    # A stretch begins where the one before it ends, so that each picture belongs to one.
    edges = pairwise([0.0, *(stretch[0].start_s for stretch in stretches[1:]), float("inf")])
    done = 0

    def tried(
        stretch: Sequence[Utterance], begin_s: float, end_s: float
    ) -> Sequence[Utterance] | PermanentError:
        try:
            return note(stretch, begin_s, end_s)
        except PermanentError as error:
            if error.code not in OF_THE_STRETCH:
                raise
            return error

    def note(stretch: Sequence[Utterance], begin_s: float, end_s: float) -> Sequence[Utterance]:
        # A stretch that is short gives few notes, or they would be as long as what was said.
        count = max(5, min(MOST_NOTES, _tokens(stretch) // (4 * NOTE_TOKENS)))
        asked = Part("notes", "statement", count, "")
        shown = [picture for picture in pictures if begin_s <= picture.at_s < end_s]
        moments = Moments(_begins(stretch, shown), task.material.duration_s)
        return task.writer.complete(
            system,
            notes_user(task.material, count, stretch, shown),
            max_tokens=most,
            schema=schema_of([asked]),
            check=lambda answer: statements_of(entries_of(answer, asked), moments),
            pictures=shown,
        )

    notes: list[Utterance] = []
    lost: list[tuple[Sequence[Utterance], PermanentError]] = []
    with ThreadPoolExecutor(task.writer.parallel, thread_name_prefix="notes") as threads:
        futures = [
            threads.submit(tried, stretch, begin_s, end_s)
            for stretch, (begin_s, end_s) in zip(stretches, edges, strict=True)
        ]
        try:
            for stretch, future in zip(stretches, futures, strict=True):
                found = future.result()
                if isinstance(found, PermanentError):
                    lost.append((stretch, found))
                else:
                    notes += found
                done += 1
                task.on_calls(done, len(futures) + 1)
        except BaseException:
            # What is out is waited for: its answer may be paid for, and is kept.
            for future in futures:
                future.cancel()
            raise
    if lost and not notes:
        raise lost[0][1]
    unread += [_unread(stretch, error) for stretch, error in lost]
    return sorted(notes, key=lambda note: note.start_s)


def _unread(stretch: Sequence[Utterance], error: PermanentError) -> Remark:
    begin, end = stamp(stretch[0].start_s), stamp(stretch[-1].end_s)
    told = f"what is said from {begin} to {end} was not summarised: {error.message}"
    return Remark(RemarkCode.UNREAD, told)


def _stretches(lines: Sequence[Utterance], room: int) -> Iterator[Sequence[Utterance]]:
    """The lines in as few stretches as fit, about equally long."""
    sizes = [estimate_tokens(line_text(line)) + 1 for line in lines]
    count = -(-sum(sizes) // room)
    aim = sum(sizes) / count
    stretch: list[Utterance] = []
    used = 0
    for line, size in zip(lines, sizes, strict=True):
        if stretch and (used >= aim or used + size > room):
            yield stretch
            stretch, used = [], 0
        stretch.append(line)
        used += size
    yield stretch


def _tokens(lines: Sequence[Utterance]) -> int:
    return sum(estimate_tokens(line_text(line)) + 1 for line in lines)


def _begins(lines: Sequence[Utterance], pictures: Sequence[Picture]) -> list[float]:
    return [line.start_s for line in lines] + [picture.at_s for picture in pictures]
