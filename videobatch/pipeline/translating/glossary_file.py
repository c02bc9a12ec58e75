"""`glossary.csv` in a source folder: the user's own translations of terms."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from videobatch.errors import InputError, SettingsError
from videobatch.media.captions.encodings import decode
from videobatch.media.container.source import open_regular
from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.text.vocabulary import fold
from videobatch.records import GlossaryTerm

NAME = "glossary.csv"
COLUMNS = ("term", "translation", "explanation")
MOST_BYTES, MOST_TERMS = 256 * 1024, 2_000
# Longer ones are sentences.
MOST_TERM_CHARS, MOST_EXPLANATION_CHARS = 100, 300
HINT = (
    f"its first line is {','.join(COLUMNS)} (the last may be missing), then a line for each term; "
    "save it as UTF-8"
)


def read_glossary(folder: Path) -> tuple[GlossaryTerm, ...]:
    """The terms of the folder's `glossary.csv`; none where there is no such file. Raises
    SettingsError (`glossary`) that names the line for one that is not right."""
    raw = _bytes(folder)
    return () if raw is None else tuple(_terms(_rows(_text(raw))))


def glossary_digest(folder: Path) -> str:
    """The hash of the checked file; "" where there is none. Raises SettingsError as
    `read_glossary`."""
    terms = read_glossary(folder)
    told = "\n".join("\t".join((t.term, t.translation, t.explanation)) for t in terms)
    return hashlib.sha256(told.encode()).hexdigest()[:16] if terms else ""


def to_csv(terms: Sequence[GlossaryTerm]) -> str:
    """The terms as such a file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((t.term, t.translation, t.explanation) for t in terms)
    return out.getvalue()


def checked(term: str, translation: str, explanation: str = "") -> GlossaryTerm:
    """The term on plain lines. Raises ValueError for one that is empty or too long."""
    found = GlossaryTerm(
        plain(term, MOST_TERM_CHARS + 1),
        plain(translation, MOST_TERM_CHARS + 1),
        plain(explanation, MOST_EXPLANATION_CHARS + 1).rstrip("。.；; "),
    )
    for name, text in (("term", found.term), ("translation", found.translation)):
        if not text:
            raise ValueError(f"the {name} is empty")
        if not any(map(str.isalnum, text)):
            raise ValueError(f"the {name} has no letter")
        if len(text) > MOST_TERM_CHARS:
            raise ValueError(f"the {name} is longer than {MOST_TERM_CHARS} characters")
    if len(found.explanation) > MOST_EXPLANATION_CHARS:
        raise ValueError(f"the explanation is longer than {MOST_EXPLANATION_CHARS} characters")
    return found


def _bytes(folder: Path) -> bytes | None:
    path = folder / NAME
    if not os.path.lexists(path):
        return None
    try:
        with os.fdopen(open_regular(path, folder), "rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except InputError as error:
        raise _bad(f"cannot be read: {error.message}") from error
    if len(raw) > MOST_BYTES:
        raise _bad(f"is larger than {MOST_BYTES // 1024} kB")
    return raw


def _text(raw: bytes) -> str:
    try:
        found = decode(raw, ("zh", "en"))
    except InputError as error:
        raise _bad(error.message) from error
    if found.broken or "\0" in found.text:
        raise _bad("holds characters that cannot be read")
    return found.text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines with their numbers, without empty ones; parted by what the first is parted by."""
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=mark, strict=True)
    try:
        for row in reader:
            if any(field.strip() for field in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise _bad(f"line {reader.line_num}: {error}") from error


def _terms(rows: Iterator[tuple[int, list[str]]]) -> Iterator[GlossaryTerm]:
    named = [field.strip().casefold() for field in next(rows, (0, []))[1]]
    if len(set(named)) != len(named) or not {"term", "translation"} <= set(named):
        raise _bad(f"has no columns called {' and '.join(COLUMNS[:2])} in its first line")
    known: set[str] = set()
    for number, row in rows:
        if len(row) > len(named):
            raise _bad(f"line {number}: there are more fields than columns")
        fields = dict(zip(named, row, strict=False))
        try:
            found = checked(*(fields.get(name, "") for name in COLUMNS))
        except ValueError as error:
            raise _bad(f"line {number}: {error}") from error
        if fold(found.term) in known:
            raise _bad(f"line {number}: {found.term!r} stands there twice")
        known.add(fold(found.term))
        if len(known) > MOST_TERMS:
            raise _bad(f"has more than {MOST_TERMS} terms")
        yield found


def _bad(message: str) -> SettingsError:
    return SettingsError(f"{NAME} {message}", hint=HINT, code="glossary")
