"""A translator's answer: the lines by their numbers, and what is wrong with each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from videobatch.pipeline.quotations.numerals import figures, is_among, shown, values
from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.text.script import HAN, language_of_script
from videobatch.pipeline.text.vocabulary import fold, occurring, occurs
from videobatch.pipeline.translating.glossary_file import MOST_EXPLANATION_CHARS, checked
from videobatch.pipeline.translating.task import Line
from videobatch.pipeline.writing.prompts import LANGUAGES
from videobatch.records import GlossaryTerm

MOST_LINE_CHARS = 2_000
# A name or a product alone may stay as it is; so many small words are a sentence.
SMALL_WORD = re.compile(r"(?<![\w'’])[a-z\u00df-\u024f]{2,}(?![\w'’])")
SENTENCE_WORDS = 3
# Letters of other scripts than Latin and Greek, two in a row.
FOREIGN = re.compile(r"[^\W\d_\u0000-\u03ff\u1e00-\u1fff\u2100-\u218f]{2}")
# Some models copy the number that they are told to leave out.
NUMBERED = re.compile(r"^\[\d+\]\s*")
MISSING = "it is missing"
# A spreadsheet takes what begins so for a formula, and a glossary is saved as its file.
FORMULA_MARKS = ("=", "+", "@")

Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Line(_Model):
    number: Annotated[int, Field(ge=0)]
    text: Text


class _Term(_Model):
    term: Text
    translation: Text
    explanation: str = ""


def read_lines(answer: Any, lines: Sequence[Line]) -> dict[int, str]:
    """The translations by number, of the lines that were asked for. Raises ValueError where there
    is none of them."""
    wanted = {line.number for line in lines}
    found: dict[int, str] = {}
    for given in _entries(answer, "lines"):
        try:
            line = _Line.model_validate(given)
        except ValidationError:
            continue
        text = plain(NUMBERED.sub("", line.text), MOST_LINE_CHARS)
        if line.number in wanted and text:
            found.setdefault(line.number, text)
    if not found:
        raise ValueError("lines has none of the numbers that were asked for")
    return found


def read_terms(answer: Any, said: str, most: int) -> tuple[GlossaryTerm, ...]:
    """The terms that really are said, each once. Raises ValueError where there is no list."""
    found: dict[str, GlossaryTerm] = {}
    for given in _entries(answer, "terms")[:most]:
        try:
            entry = _Term.model_validate(given)
            explanation = plain(entry.explanation, MOST_EXPLANATION_CHARS)
            term = checked(entry.term, entry.translation, explanation)
        except ValueError:
            continue
        is_formula = any(each.startswith(FORMULA_MARKS) for each in (term.term, term.translation))
        if not is_formula and occurs(term.term, said):
            found.setdefault(fold(term.term), term)
    return tuple(found.values())


def _entries(answer: Any, name: str) -> list[Any]:
    if not isinstance(answer, dict) or not isinstance(answer.get(name), list):
        raise ValueError(f"{name} is missing")
    entries: list[Any] = answer[name]
    return entries


def problems_of(
    lines: Sequence[Line],
    found: Mapping[int, str],
    glossary: Sequence[GlossaryTerm],
    language: str,
) -> dict[int, str]:
    """The faults of the translations, in words, by the numbers of their lines. Figures and terms
    may stand in a neighbouring line, since sentences are ordered otherwise."""
    wrong: dict[int, str] = {}
    for place, line in enumerate(lines):
        near = [found.get(each.number, "") for each in lines[max(0, place - 1) : place + 2]]
        problem = _problem(line, found.get(line.number), " ".join(near), glossary, language)
        if problem:
            wrong[line.number] = problem
    return wrong


def _problem(
    line: Line,
    text: str | None,
    near: str,
    glossary: Sequence[GlossaryTerm],
    language: str,
) -> str:
    if text is None:
        return MISSING
    if is_as_it_was(line.text, text, language):
        return f"it is not in {LANGUAGES[language]}"
    figure = lost_figure(line.text, near)
    if figure:
        return f"the figure {figure} is missing"
    for term in occurring(glossary, line.text):
        if term.translation not in near and fold(term.term) not in near.casefold():
            return f"{term.term} is to be {term.translation}"
    return ""


def is_as_it_was(source: str, text: str, language: str) -> bool:
    """True for a sentence that was left in its own language, or in a third one."""
    if language == "zh":
        if language_of_script([text]) in ("ja", "ko"):
            return True
        if HAN.search(text):
            return False
        # Names, code and formulas are in Latin letters, or in Greek ones.
        is_same = fold(text) == fold(source) and " " in text and bool(SMALL_WORD.search(text))
        return is_same or bool(FOREIGN.search(text)) or _has_sentence(text)
    return bool(HAN.search(source)) and len(HAN.findall(text)) >= len(HAN.findall(source)) / 2


def _has_sentence(text: str) -> bool:
    return len(SMALL_WORD.findall(text)) >= SENTENCE_WORDS


def lost_figure(source: str, near: str) -> str:
    """The first figure of the line that the translation does not give, in digits; "" for none."""
    claimed = figures(source)
    if not claimed:
        return ""
    known = values(near)
    return next((shown(each) for each in claimed if not is_among(each, known)), "")
