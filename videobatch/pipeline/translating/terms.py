"""The terms of one video, as a language model finds them, before any of it is translated."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from videobatch.errors import BudgetError, PermanentError, RejectedError, TransientError
from videobatch.pipeline.text.vocabulary import fold
from videobatch.pipeline.translating.answer import read_terms
from videobatch.pipeline.translating.asking import is_of_the_stretch
from videobatch.pipeline.translating.prompts import terms_schema, terms_system, terms_user
from videobatch.pipeline.translating.task import Line
from videobatch.ports import Writer
from videobatch.records import GlossaryTerm

log = logging.getLogger(__name__)

MOST_FOUND = 40
# Term, translation and explanation.
TERM_TOKENS = 110
# In less there is nothing to be kept alike.
LEAST_LINES = 2


def find_terms(
    writer: Writer,
    title: str,
    lines: Sequence[Line],
    language: str,
    *,
    is_last_try: bool = False,
) -> tuple[GlossaryTerm, ...]:
    """The terms, from one call, or from several where the model does not hold all lines at once;
    none where it gives none of use, or rejects the question: the lines are translated all the
    same, on the last try whatever the matter is. The question depends on nothing but the lines, so
    that its answer is paid for once, however the glossary has grown meanwhile. Raises what passes.
    """
    if len(lines) < LEAST_LINES:
        return ()
    found: dict[str, GlossaryTerm] = {}
    room = max(500, writer.context_tokens - MOST_FOUND * TERM_TOKENS - 1_000)
    for part in _parts(lines, room):
        for term in _asked(writer, title, part, language, is_last_try=is_last_try):
            found.setdefault(fold(term.term), term)
    return tuple(found.values())


def _asked(
    writer: Writer, title: str, lines: Sequence[Line], language: str, *, is_last_try: bool
) -> tuple[GlossaryTerm, ...]:
    said = "\n".join(line.text for line in lines)
    try:
        return writer.complete(
            terms_system(language, MOST_FOUND),
            terms_user(title, lines),
            max_tokens=MOST_FOUND * TERM_TOKENS,
            schema=terms_schema(),
            check=lambda answer: read_terms(answer, said, MOST_FOUND),
        )
    except (BudgetError, PermanentError, TransientError) as error:
        is_rejected = type(error) is RejectedError and error.code == RejectedError.default_code
        if not is_rejected and not is_of_the_stretch(error, is_last_try=is_last_try):
            raise
        log.warning("%s; it is translated without terms of its own", error.message)
        return ()


def _parts(lines: Sequence[Line], room: int) -> Iterable[Sequence[Line]]:
    part: list[Line] = []
    used = 0
    for line in lines:
        if part and used + line.tokens > room:
            yield part
            part, used = [], 0
        part.append(line)
        used += line.tokens
    if part:
        yield part


def agreed(
    own: Iterable[GlossaryTerm],
    shared: Iterable[GlossaryTerm],
    users: Iterable[GlossaryTerm],
) -> tuple[GlossaryTerm, ...]:
    """One translation for each term: the user's, else that of the video which had it first, else
    its own. The user's stand before the others, each in the order of the alphabet."""
    chosen = {fold(term.term): term for term in users}
    others = {fold(term.term): term for term in (*own, *shared)}
    return tuple(
        [chosen[name] for name in sorted(chosen)]
        + [others[name] for name in sorted(others.keys() - chosen.keys())]
    )
