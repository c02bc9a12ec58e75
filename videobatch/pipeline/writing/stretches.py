"""Notes of a talk that is too long for one call: a call for each stretch of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from itertools import pairwise

from videobatch.errors import ANSWER_CUT, BAD_ANSWER, NO_ANSWER, REFUSED, PermanentError
from videobatch.pipeline.sections.written import WrittenStatement
from videobatch.pipeline.text.markdown import stamp
from videobatch.pipeline.text.phrases import remark
from videobatch.pipeline.writing.answer import entries_of, statements_of
from videobatch.pipeline.writing.prompts import Given, line_text, notes_system, notes_user
from videobatch.pipeline.writing.task import Task, moments_of, room_for_lines, tokens_of
from videobatch.pipeline.writing.wanted import Part, schema_of
from videobatch.providers.tokens import estimate_tokens
from videobatch.records import Picture, Remark, RemarkCode, Utterance

# Notes of a stretch are at most this many, and at most a quarter of it, so that they get shorter.
MOST_NOTES, NOTE_TOKENS = 60, 130
MOST_ANSWER_TOKENS = MOST_NOTES * NOTE_TOKENS
# Errors that another stretch of the same talk need not have.
OF_THE_STRETCH = frozenset({REFUSED, BAD_ANSWER, ANSWER_CUT, NO_ANSWER})

Lines = Sequence[Utterance]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of the lines, and the pictures between its beginning and that of the next one."""

    lines: Lines
    pictures: Sequence[Picture]


@dataclass(slots=True)
class _Answers:
    """The notes as they come in, and the stretches that gave none, each with its error."""

    notes: list[Utterance]
    lost: list[tuple[_Stretch, PermanentError]]

    def add(self, stretch: _Stretch, answer: Lines | PermanentError) -> None:
        if isinstance(answer, PermanentError):
            self.lost.append((stretch, answer))
        else:
            self.notes += answer


def notes_of_stretches(
    task: Task, lines: Lines, pictures: Sequence[Picture], unread: list[Remark]
) -> Lines:
    """Notes of every stretch, several calls at a time, in their order. One that the model refuses
    costs its own notes, and is told in `unread`; all of them raise the first refusal."""
    asked = Part("notes", "statement", MOST_NOTES, "")
    frame = notes_user(task.material, MOST_NOTES, (), pictures)
    system = _system(task, lines, pictures)
    question = f"{system}{frame}{schema_of([asked])}"
    room = room_for_lines(task, question, MOST_ANSWER_TOKENS, len(pictures))
    stretches = _with_pictures(list(_stretches(lines, room)), pictures)
    answers = _answers(task, stretches)
    if answers.lost and not answers.notes:
        raise answers.lost[0][1]
    unread += [_unread(stretch.lines, error) for stretch, error in answers.lost]
    return sorted(answers.notes, key=lambda note: note.start_s)


def _system(task: Task, lines: Lines, pictures: Sequence[Picture]) -> str:
    given = Given(
        slides=task.has_slides,
        pictures=bool(pictures),
        notes=any(isinstance(line, WrittenStatement) for line in lines),
    )
    return notes_system(task.template, task.language, task.params, given)


def _with_pictures(parts: Sequence[Lines], pictures: Sequence[Picture]) -> list[_Stretch]:
    # A stretch begins where the one before it ends, so that each picture belongs to one.
    edges = pairwise([0.0, *(part[0].start_s for part in parts[1:]), float("inf")])
    return [
        _Stretch(part, [picture for picture in pictures if begin_s <= picture.at_s < end_s])
        for part, (begin_s, end_s) in zip(parts, edges, strict=True)
    ]


def _answers(task: Task, stretches: Sequence[_Stretch]) -> _Answers:
    found = _Answers([], [])
    with ThreadPoolExecutor(task.writer.parallel, thread_name_prefix="notes") as threads:
        futures: list[Future[Lines | PermanentError]] = [
            threads.submit(copy_context().run, _tried, task, stretch) for stretch in stretches
        ]
        try:
            for done, (stretch, future) in enumerate(zip(stretches, futures, strict=True), 1):
                found.add(stretch, future.result())
                task.on_calls(done, len(futures) + 1)
        except BaseException:
            # What is out is waited for: its answer may be paid for, and is kept.
            for future in futures:
                future.cancel()
            raise
    return found


def _tried(task: Task, stretch: _Stretch) -> Lines | PermanentError:
    try:
        return _noted(task, stretch)
    except PermanentError as error:
        if error.code not in OF_THE_STRETCH:
            raise
        return error


def _noted(task: Task, stretch: _Stretch) -> Lines:
    # A stretch that is short gives few notes, or they would be as long as what was said.
    count = max(5, min(MOST_NOTES, tokens_of(stretch.lines) // (4 * NOTE_TOKENS)))
    asked = Part("notes", "statement", count, "")
    moments = moments_of(task, stretch.lines, stretch.pictures)
    return task.writer.complete(
        _system(task, stretch.lines, stretch.pictures),
        notes_user(task.material, count, stretch.lines, stretch.pictures),
        max_tokens=MOST_ANSWER_TOKENS,
        schema=schema_of([asked]),
        check=lambda answer: statements_of(entries_of(answer, asked), moments),
        pictures=stretch.pictures,
    )


def _unread(stretch: Sequence[Utterance], error: PermanentError) -> Remark:
    begin, end = stamp(stretch[0].start_s), stamp(stretch[-1].end_s)
    return remark(
        RemarkCode.UNREAD,
        lambda say: say.tell("unread", start=begin, end=end, problem=error.message),
    )


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
