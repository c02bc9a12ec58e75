"""The writing of a model, held against the video: found, mended, asked for once more, or marked."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from videobatch.errors import (
    TOO_LARGE,
    BudgetError,
    PermanentError,
    SettingsError,
    ThrottledError,
    TimeLimitError,
    TransientError,
    VideobatchError,
)
from videobatch.pipeline.blocks.kinds import Kind
from videobatch.pipeline.quotations.blocks import cells_of
from videobatch.pipeline.quotations.claims import Claim, Proof
from videobatch.pipeline.quotations.source import Source
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.sections.written import (
    Entry,
    Written,
    WrittenChapter,
    WrittenQuestion,
    WrittenStatement,
    WrittenTerm,
)
from videobatch.pipeline.text.phrases import remark
from videobatch.pipeline.text.sentences import statements
from videobatch.pipeline.writing.again import Missing, ask_again
from videobatch.pipeline.writing.task import Task
from videobatch.records import Remark, RemarkCode

log = logging.getLogger(__name__)


def source_of(material: Material) -> Source | None:
    """The words that the material says and shows; None where it does neither."""
    said = statements(material.transcript.utterances) if material.transcript else ()
    if not said and not material.slides:
        return None
    return Source(said, material.slides, material.title)


def grounded(task: Task, written: Written) -> Written:
    """The same, each entry with its proof, and with the right second. What is not found is asked
    for once more, all of it in one call, and marked where that does not help.

    Where no entry has a quotation (an answer from before there were any) nothing is checked, nor
    where nothing was said or shown, nor where the check itself fails. Raises what may pass, as the
    writer does. Safe to repeat: the answers are paid for once.
    """
    try:
        judged = _judged(task, written)
    except VideobatchError:
        raise
    except Exception:
        # A document that was paid for is never lost to its check.
        log.exception("the check of what was written failed; it stays unchecked")
        return written
    if judged is None:
        return written
    source, first, missing = judged
    if not missing:
        return in_place(first)
    mended = _mended(task, source, missing)
    lost = iter([mended.get(place) for place in range(len(missing))])
    last = in_place(first.changed(lambda entry: _either(entry, lost)))
    return replace(last, remarks=(*last.remarks, *_remarks(last)))


def _judged(task: Task, written: Written) -> tuple[Source, Written, list[Missing]] | None:
    """The source, the entries with their proofs, and those that are missing; None where nothing
    is to be checked."""
    source = source_of(task.material)
    if source is None or not any(entry.quote for entry in written.entries):
        return None
    general = {id(entry) for entry in written.overview}
    missing: list[Missing] = []

    def judged(entry: Entry) -> Entry:
        if not entry.quote and task.pictures:
            # It may rest on a picture alone.
            return entry
        found = source.check(claim_of(entry, is_general=id(entry) in general))
        if found.proof is Proof.MISSING:
            missing.append(Missing(entry, found.reason, is_general=id(entry) in general))
        return moved(entry, found.proof, found.at_s)

    return source, written.changed(judged), missing


def _either(entry: Entry, mended: Iterator[Entry | None]) -> Entry:
    return (next(mended) or entry) if entry.proof is Proof.MISSING else entry


def _mended(task: Task, source: Source, missing: Sequence[Missing]) -> Mapping[int, Entry]:
    """The entries that are found once they were asked for again, by their place."""
    try:
        again = ask_again(task, missing)
    except SettingsError:
        raise
    except (BudgetError, PermanentError, TransientError) as error:
        if _is_to_be_raised(task, error):
            raise
        log.warning("%s; what was not found stays marked", error.message)
        return {}
    try:
        return _found(source, missing, again)
    except Exception:
        log.exception("the check of what was written again failed; the first stays marked")
        return {}


def _found(
    source: Source, missing: Sequence[Missing], again: Mapping[int, Entry]
) -> Mapping[int, Entry]:
    found: dict[int, Entry] = {}
    for place, entry in again.items():
        seen = source.check(claim_of(entry, is_general=missing[place].is_general))
        if seen.proof is not Proof.MISSING:
            found[place] = moved(entry, seen.proof, seen.at_s)
    return found


def _is_to_be_raised(task: Task, error: VideobatchError) -> bool:
    """True where it is to be waited for: what was written is kept, and costs nothing again."""
    if error.code == TOO_LARGE or isinstance(error, PermanentError):
        return False
    waits = isinstance(error, BudgetError | ThrottledError | TimeLimitError)
    return waits or not task.is_last_try


def claim_of(entry: Entry, *, is_general: bool = False) -> Claim:
    """The entry as it is looked for."""
    if isinstance(entry, WrittenTerm):
        return Claim(entry.at_s, entry.meaning, entry.quote, is_general, entry.term)
    if isinstance(entry, WrittenQuestion):
        return Claim(entry.at_s, entry.answer, entry.quote, is_general)
    text, quote = entry.text, entry.quote
    if entry.kind is Kind.QUOTATION:
        # It is its own quotation.
        text, quote = "", entry.text
    elif entry.kind in (Kind.TABLE, Kind.LIST):
        text = cells_of(text)
    return Claim(entry.start_s, text, quote, is_general, kind=entry.kind)


def moved(entry: Entry, proof: Proof, at_s: float) -> Entry:
    """The entry with what became of it, at that second."""
    if isinstance(entry, WrittenStatement):
        return replace(entry, proof=proof, start_s=at_s, end_s=at_s)
    return replace(entry, proof=proof, at_s=at_s)


def in_place(written: Written) -> Written:
    """Puts what is in order of time in order again: points in their chapters too."""
    points = sorted(
        (point for chapter in written.chapters for point in chapter.points),
        key=lambda point: point.start_s,
    )
    key_points = tuple(sorted(written.key_points, key=lambda point: point.start_s))
    return replace(written, key_points=key_points, chapters=_filled(written.chapters, points))


def _filled(
    chapters: Sequence[WrittenChapter], points: Sequence[WrittenStatement]
) -> tuple[WrittenChapter, ...]:
    ends = [*(chapter.start_s for chapter in chapters[1:]), float("inf")]
    return tuple(
        replace(
            chapter,
            points=tuple(
                point
                for point in points
                if (point.start_s >= chapter.start_s or chapter is chapters[0])
                and point.start_s < end_s
            ),
        )
        for chapter, end_s in zip(chapters, ends, strict=False)
    )


def _remarks(written: Written) -> tuple[Remark, ...]:
    checked = written.checked
    if not checked.missing:
        return ()
    return (
        remark(
            RemarkCode.NOT_FOUND,
            lambda say: say.tell("not_found", missing=checked.missing, count=checked.statements),
        ),
    )
