"""The one call that asks again for statements that were not found in the video."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from videobatch.pipeline.blocks.kinds import Kind
from videobatch.pipeline.sections.written import (
    Entry,
    WrittenQuestion,
    WrittenStatement,
    WrittenTerm,
)
from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.writing.answer import Again, Moments, quoted, text_of
from videobatch.pipeline.writing.prompts import Given, about, fenced, fenced_lines, rules_of
from videobatch.pipeline.writing.task import Task, moments_of, room_for_lines, tokens_of
from videobatch.pipeline.writing.wanted import again_schema, again_tokens
from videobatch.records import Utterance

# A short transcript is shown whole; of a longer one the lines around each statement.
WHOLE_TOKENS = 4_000
BEFORE_S, BEHIND_S = 90.0, 150.0
# Beyond that it is no slip, and would be a document of its own.
MOST_ASKED = 60

SYSTEM = """\
A document about one video was written from its transcript. Some of its statements were not found in
the video, each for the reason beside it. Put them right: for each number give the statement again,
as the material has it, with its second and its quotation. Where the material does not bear it out,
leave `text` empty. Say nothing new."""


@dataclass(frozen=True, slots=True)
class Missing:
    """An entry that was not found, and why."""

    entry: Entry
    reason: str
    is_general: bool = False


def ask_again(task: Task, missing: Sequence[Missing]) -> Mapping[int, Entry]:
    """The entries as the model puts them right, by their place; those that it leaves are not among
    them. Raises what the writer raises, and PermanentError where no call can hold it."""
    asked = missing[:MOST_ASKED]
    system = f"{SYSTEM}\n\n{rules_of(task.language, Given(slides=task.has_slides))}"
    listed = "\n".join(_told(place, each) for place, each in enumerate(asked))
    frame = f"{about(task.material)}\n\nStatements:\n{listed}\n\n"
    schema, most = again_schema(), again_tokens(len(asked))
    room = room_for_lines(task, f"{system}{frame}{fenced_lines(())}{schema}", most, 0)
    lines = _lines(task, asked, room)
    moments = moments_of(task, task.lines, ())
    return task.writer.complete(
        system,
        f"{frame}{fenced_lines(lines)}",
        max_tokens=most,
        schema=schema,
        check=lambda answer: _read(answer, asked, moments),
    )


def _told(place: int, missing: Missing) -> str:
    entry = missing.entry
    text = f"{_text(entry)} (quotation: {entry.quote or 'none'})"
    return f"{place}. [{int(_at_s(entry))}] {fenced(text, 2_000)} | {fenced(missing.reason, 200)}"


def _text(entry: Entry) -> str:
    if isinstance(entry, WrittenTerm):
        return f"{entry.term}: {entry.meaning}"
    if isinstance(entry, WrittenQuestion):
        return f"{entry.question} {entry.answer}"
    return entry.text


def _at_s(entry: Entry) -> float:
    return entry.start_s if isinstance(entry, WrittenStatement) else entry.at_s


def _lines(task: Task, asked: Sequence[Missing], room: int) -> Sequence[Utterance]:
    """The lines around the statements, those nearest where not all fit."""
    if tokens_of(task.lines) <= min(room, WHOLE_TOKENS):
        return task.lines
    times = [_at_s(each.entry) for each in asked]
    share = 1.0
    while True:
        shown = [
            line
            for line in task.lines
            if any(-share * BEFORE_S <= line.start_s - at_s <= share * BEHIND_S for at_s in times)
        ]
        if tokens_of(shown) <= room or share < 0.05:
            return shown
        share /= 2


def _read(answer: Any, asked: Sequence[Missing], moments: Moments) -> dict[int, Entry]:
    """Reads what can be used of the answer: it is not asked for a third time. Raises ValueError
    where it is none at all."""
    if not isinstance(answer, dict) or not isinstance(answer.get("statements"), list):
        raise ValueError("statements is missing")
    found: dict[int, Entry] = {}
    for given in answer["statements"]:
        try:
            entry = Again.model_validate(given)
            if entry.number >= len(asked):
                continue
            before = asked[entry.number].entry
            at_s, text = moments.of(entry.at), text_of(_kind(before), entry.text)
        except (ValidationError, ValueError):
            continue
        found[entry.number] = _as(before, at_s, text, quoted(entry))
    return found


def _kind(entry: Entry) -> Kind:
    return entry.kind if isinstance(entry, WrittenStatement) else Kind.TEXT


def _as(before: Entry, at_s: float, text: str, quote: str) -> Entry:
    if isinstance(before, WrittenTerm):
        meaning = plain(text.removeprefix(f"{before.term}:"), len(text) + 1)
        return replace(before, at_s=at_s, meaning=meaning or text, quote=quote)
    if isinstance(before, WrittenQuestion):
        answer = plain(text.removeprefix(before.question), len(text) + 1)
        return replace(before, at_s=at_s, answer=answer or text, quote=quote)
    return replace(before, start_s=at_s, end_s=at_s, text=text, quote=quote)
