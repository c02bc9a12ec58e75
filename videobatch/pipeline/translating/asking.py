"""Translating by a language model: a call for each stretch, one more for what is wrong in it.

lines ► stretches ► call for each ► checked ─► lines that are missing or wrong ► asked once more
                     └─ refused or cut: in halves, down to a few lines, which stay as they were
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field

from videobatch.errors import (
    ANSWER_CUT,
    BAD_ANSWER,
    NO_ANSWER,
    REFUSED,
    TOO_LARGE,
    BudgetError,
    PermanentError,
    ThrottledError,
    TimeLimitError,
    TransientError,
    VideobatchError,
)
from videobatch.pipeline.translating.answer import (
    is_as_it_was,
    lost_figure,
    problems_of,
    read_lines,
)
from videobatch.pipeline.translating.prompts import (
    lines_schema,
    lines_system,
    lines_user,
    told_terms,
)
from videobatch.pipeline.translating.task import Line, Task, answer_tokens, stretches

log = logging.getLogger(__name__)

# A stretch of less is not halved any more.
LEAST_LINES = 8
OF_THE_STRETCH = frozenset({REFUSED, BAD_ANSWER, ANSWER_CUT, NO_ANSWER, TOO_LARGE})


@dataclass(slots=True)
class Translated:
    """The translations by number; `figures` are the numbers of lines that lost a figure, `lost`
    the reasons why others have none."""

    texts: dict[int, str] = field(default_factory=dict)
    figures: list[int] = field(default_factory=list)
    lost: list[VideobatchError] = field(default_factory=list)

    def add(self, other: Translated) -> None:
        self.texts |= other.texts
        self.figures += other.figures
        self.lost += other.lost


def translate(task: Task) -> Translated:
    """The translations, of as many lines as the model gives, several calls at a time. Raises what
    the writer raises where it is of no stretch alone. Safe to repeat: answers are paid for once."""
    parts = list(stretches(task.lines, task.writer.context_tokens))
    found = Translated()
    with ThreadPoolExecutor(task.writer.parallel, thread_name_prefix="translate") as threads:
        futures = [threads.submit(copy_context().run, _stretch, task, part) for part in parts]
        try:
            for done, future in enumerate(futures, 1):
                found.add(future.result())
                task.on_calls(done, len(futures))
        except BaseException:
            # What is out is waited for: its answer may be paid for, and is kept.
            for future in futures:
                future.cancel()
            raise
    return found


def _stretch(task: Task, lines: Sequence[Line], *, is_half: bool = False) -> Translated:
    try:
        texts = _asked(task, lines)
    except (BudgetError, PermanentError, TransientError) as error:
        if not is_of_the_stretch(error, is_last_try=task.is_last_try):
            raise
        log.warning("lines %d to %d: %s", lines[0].number, lines[-1].number, error.message)
        # Who answers in no form twice does so in smaller stretches, too, and is paid each time.
        is_hopeless = is_half and error.code == BAD_ANSWER
        if error.code not in OF_THE_STRETCH or is_hopeless or len(lines) < 2 * LEAST_LINES:
            return Translated(lost=[error])
        found = Translated()
        for half in (lines[: len(lines) // 2], lines[len(lines) // 2 :]):
            found.add(_stretch(task, half, is_half=True))
        return found
    return _mended(task, lines, texts)


def is_of_the_stretch(error: VideobatchError, *, is_last_try: bool) -> bool:
    """True where all else is to be had all the same."""
    if error.code in OF_THE_STRETCH:
        return True
    passes = isinstance(error, TransientError)
    return passes and is_last_try and not isinstance(error, ThrottledError | TimeLimitError)


def _asked(
    task: Task, lines: Sequence[Line], why: Mapping[int, str] | None = None
) -> dict[int, str]:
    return task.writer.complete(
        lines_system(task.language, is_again=why is not None),
        lines_user(task, lines, why),
        max_tokens=answer_tokens(lines),
        schema=lines_schema(),
        check=lambda answer: read_lines(answer, lines),
    )


def _mended(task: Task, lines: Sequence[Line], texts: dict[int, str]) -> Translated:
    """The translations, those that are wrong asked for once more; what is missing or not translated
    even then is left out."""
    # What the model was not told is not held against it.
    glossary = told_terms(task, lines)
    wrong = problems_of(lines, texts, glossary, task.language)
    if wrong:
        again = _again(task, [line for line in lines if line.number in wrong], wrong)
        tried = {**texts, **again}
        still = problems_of(lines, tried, glossary, task.language)
        # One that is no better than before stays as it was at first.
        first = _in_language(task, lines, texts)
        texts = {n: first.get(n, text) if n in still else text for n, text in tried.items()}
    texts = _in_language(task, lines, texts)
    return Translated(texts, _without_figures(lines, texts))


def _in_language(task: Task, lines: Sequence[Line], texts: Mapping[int, str]) -> dict[int, str]:
    sources = {line.number: line.text for line in lines}
    return {
        n: text for n, text in texts.items() if not is_as_it_was(sources[n], text, task.language)
    }


def _again(task: Task, lines: Sequence[Line], wrong: Mapping[int, str]) -> dict[int, str]:
    try:
        return _asked(task, lines, wrong)
    except (BudgetError, PermanentError, TransientError) as error:
        if not is_of_the_stretch(error, is_last_try=task.is_last_try):
            raise
        log.warning("%s; the lines stay as they were translated first", error.message)
        return {}


def _without_figures(lines: Sequence[Line], texts: Mapping[int, str]) -> list[int]:
    found = []
    for place, line in enumerate(lines):
        near = " ".join(texts.get(x.number, "") for x in lines[max(0, place - 1) : place + 2])
        if line.number in texts and lost_figure(line.text, near):
            found.append(line.number)
    return found
