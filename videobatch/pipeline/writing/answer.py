"""A model's answer, checked and turned into records."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from videobatch.pipeline.blocks.kinds import BLOCKS_EACH, Kind, kept, kind_of, unfenced
from videobatch.pipeline.sections.written import (
    Written,
    WrittenChapter,
    WrittenQuestion,
    WrittenStatement,
    WrittenTerm,
)
from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.writing.wanted import (
    CHAPTERS,
    KEY_POINTS,
    OBJECTIVES,
    OVERVIEW,
    QUESTIONS,
    TERMS,
    Part,
)
from videobatch.providers.answers.candidates import what_is_wrong
from videobatch.providers.answers.seconds import seconds_of
from videobatch.records import Utterance

LATE_S = 5.0
MOST_CHARACTERS = 4_000
# A quotation that is longer is a passage.
MOST_QUOTE_CHARACTERS = 600
# A model that was asked for 8 and gives 12 has done no harm; the rest is cut off.
MOST_ENTRIES = 500

Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True)]
# A model that quotes nothing has still written: whoever checks says what that means.
Quote = Annotated[str, BeforeValidator(lambda found: found if isinstance(found, str) else "")]
At = Annotated[float, BeforeValidator(seconds_of), Field(ge=0, le=1e9, allow_inf_nan=False)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Aim(_Model):
    at: At
    text: Text


class _Statement(_Aim):
    quote: Quote = ""


class _Block(_Model):
    """A statement, or a block of another kind; an answer without kinds is of statements."""

    at: At
    quote: Quote = ""
    kind: Annotated[Kind, BeforeValidator(kind_of)] = Kind.TEXT
    language: Quote = ""
    # The indentation of its first line counts.
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class _Chapter(_Model):
    at: At
    title: Text
    points: Annotated[list[_Block], Field(max_length=MOST_ENTRIES)] = []


class _Term(_Model):
    at: At
    quote: Quote = ""
    term: Text
    meaning: Text


class _Question(_Model):
    at: At
    quote: Quote = ""
    question: Text
    answer: Text


class Again(_Block):
    """A statement that is given again, by its number."""

    number: Annotated[int, Field(ge=0)]


_FORMS: dict[str, type[_Model]] = {
    "statement": _Statement,
    "block": _Block,
    "aim": _Aim,
    "chapter": _Chapter,
    "term": _Term,
    "question": _Question,
}


class Moments:
    """The moments that statements can rest on: those of the lines, or of the pictures."""

    def __init__(self, at_s: Sequence[float], end_s: float) -> None:
        self._at_s = sorted(at_s)
        self._end_s = end_s

    def of(self, at: float) -> float:
        """The moment at or before `at`. Raises ValueError after the end of the video."""
        if at > self._end_s + LATE_S:
            raise ValueError(f"at {at:g} lies after the end of the video ({self._end_s:.0f})")
        place = bisect_right(self._at_s, at + 0.999)
        return self._at_s[max(0, place - 1)] if self._at_s else min(at, self._end_s)


def entries_of(answer: Any, part: Part) -> list[Any]:
    """The entries of one part, checked. Raises ValueError that names the place."""
    if not isinstance(answer, dict) or not isinstance(answer.get(part.name), list):
        raise ValueError(f"{part.name} is missing")
    form, found = _FORMS[part.form], answer[part.name]
    if not found:
        raise ValueError(f"{part.name} is empty")
    most = part.count * (1 + BLOCKS_EACH) if part.form == "block" else part.count
    return [_entry(form, part.name, place, entry) for place, entry in enumerate(found[:most])]


def _entry(form: type[_Model], name: str, place: int, entry: Any) -> _Model:
    try:
        return form.model_validate(entry)
    except ValidationError as error:
        raise ValueError(f"{name}.{place}.{what_is_wrong(error)}") from error


def read_written(answer: Any, parts: Sequence[Part], moments: Moments, writer: str) -> Written:
    """The answer as records. Raises ValueError for one that will not do."""
    found = {part.name: entries_of(answer, part) for part in parts}
    own = {OVERVIEW, KEY_POINTS, CHAPTERS, TERMS, OBJECTIVES, QUESTIONS}
    return Written(
        writer=writer,
        overview=statements_of(found.get(OVERVIEW, []), moments),
        key_points=_in_order(statements_of(found.get(KEY_POINTS, []), moments)),
        chapters=_chapters(found.get(CHAPTERS, []), moments),
        terms=tuple(
            WrittenTerm(moments.of(e.at), line_of(e.term), line_of(e.meaning), quoted(e))
            for e in found.get(TERMS, [])
        ),
        objectives=tuple(_aim(e, moments) for e in found.get(OBJECTIVES, [])),
        questions=tuple(
            WrittenQuestion(moments.of(e.at), line_of(e.question), line_of(e.answer), quoted(e))
            for e in found.get(QUESTIONS, [])
        ),
        texts={
            name: statements_of(entries, moments)
            for name, entries in found.items()
            if name not in own
        },
    )


def statements_of(entries: Sequence[Any], moments: Moments) -> tuple[WrittenStatement, ...]:
    """Statements, each at the time of what it rests on. Raises ValueError for a wrong time."""
    return tuple(_statement(entry, moments.of(entry.at)) for entry in entries)


def _statement(entry: Any, at_s: float) -> WrittenStatement:
    kind = entry.kind if isinstance(entry, _Block) else Kind.TEXT
    text = text_of(kind, entry.text)
    if kind is not Kind.CODE:
        return WrittenStatement(at_s, at_s, text, quote=quoted(entry), kind=kind)
    named = plain(entry.language or unfenced(entry.text)[1], 40)
    return WrittenStatement(at_s, at_s, text, quote=quoted(entry), kind=kind, programming=named)


def _aim(entry: Any, moments: Moments) -> Utterance:
    at_s = moments.of(entry.at)
    return Utterance(at_s, at_s, line_of(entry.text))


def quoted(entry: Any) -> str:
    """The quotation of an entry on one line; "" for none."""
    return plain(entry.quote, MOST_QUOTE_CHARACTERS)


def _chapters(entries: Sequence[Any], moments: Moments) -> tuple[WrittenChapter, ...]:
    """In order of time, the first from the beginning; of two that begin together, one."""
    chapters: dict[float, WrittenChapter] = {}
    for entry in sorted(entries, key=lambda entry: float(entry.at)):
        at_s = moments.of(entry.at) if chapters else 0.0
        points = _in_order(statements_of(entry.points, moments))
        chapters.setdefault(at_s, WrittenChapter(at_s, line_of(entry.title), points))
    return tuple(chapters[at_s] for at_s in sorted(chapters))


def _in_order(statements: Sequence[WrittenStatement]) -> tuple[WrittenStatement, ...]:
    return tuple(sorted(statements, key=lambda statement: statement.start_s))


def text_of(kind: Kind, text: str) -> str:
    """The text as its kind keeps it. Raises ValueError for one that is empty."""
    if kind is Kind.TEXT:
        return line_of(text)
    block = kept(kind, text)
    if not block:
        raise ValueError("a text is empty")
    return block


def line_of(text: str) -> str:
    """The text on one plain line. Raises ValueError for one that is empty."""
    line = plain(text, MOST_CHARACTERS)
    if not line:
        raise ValueError("a text is empty")
    return line
