"""The writing that a template wants: parts, how much of each, and the form of the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from videobatch.pipeline.blocks.kinds import Kind
from videobatch.pipeline.sections.kinds import KINDS
from videobatch.pipeline.sections.length import most_words, shares
from videobatch.pipeline.templates.definition import Template

TYPICAL_CHAPTER_S, MOST_CHAPTERS = 180.0, 20
# What one entry comes to, with the JSON around it; long ones in Chinese take about as much.
TOKENS = {"statement": 170, "block": 170, "aim": 120, "chapter": 60, "term": 170, "question": 250}
# The words of an entry, roughly.
WORDS = {"statement": 25, "block": 25, "aim": 12, "chapter": 5, "term": 25, "question": 35}
# The terms of a mind map, in all its chapters.
MAPPED = 20
# One key point, term or question stands for so many seconds at least.
EVERY_S: Mapping[str, float] = {"key_points": 12.0, "terms": 20.0, "questions": 30.0}
LEAST_ENTRIES = 2
LEAST_TOKENS, MOST_TOKENS = 1_000, 16_000

# What an entry holds beside its second. An aim says what one can do, and nothing that was said.
NAMES = {
    "statement": ("quote", "text"),
    "block": ("quote", "kind", "language", "text"),
    "aim": ("text",),
    "term": ("quote", "term", "meaning"),
    "question": ("quote", "question", "answer"),
}

OVERVIEW, KEY_POINTS, CHAPTERS = "overview", "key_points", "chapters"
TERMS, OBJECTIVES, QUESTIONS = "terms", "objectives", "questions"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the answer: at most `count` entries of `form`; `points` are the statements of
    each chapter. `task` says what it is, for the model."""

    name: str
    form: str
    count: int
    task: str
    points: int = 0

    @property
    def has_blocks(self) -> bool:
        """True where its entries may be formulas, code and the like."""
        return self.form == "block" or bool(self.points)

    @property
    def tokens(self) -> int:
        """The most that it comes to, roughly."""
        return self.count * (TOKENS[self.form] + self.points * TOKENS["statement"])

    @property
    def words(self) -> int:
        """The words that its entries come to, roughly."""
        return self.count * (WORDS[self.form] + self.points * WORDS["statement"])

    @property
    def checked(self) -> int:
        """The most entries that are held against the video: those that carry a quotation."""
        if self.form == "chapter":
            return self.count * self.points
        return self.count if "quote" in NAMES[self.form] else 0


def wanted_parts(
    template: Template,
    params: Mapping[str, Any],
    duration_s: float,
    told_s: float = math.inf,
) -> list[Part]:
    """The parts that the template's sections show; empty where it shows only what was said. Of a
    short video, or one in which little is said (`told_s` is how long that takes at an easy pace),
    less is wanted than the template allows, and so where the reader wishes for a length."""
    most = most_words(params)
    parts: list[Part] = []
    for share in shares(most):
        parts = _parts(template, params, (duration_s, told_s), share)
        if most is None or sum(part.words for part in parts) <= most:
            break
    return parts


def _parts(
    template: Template, params: Mapping[str, Any], lengths_s: tuple[float, float], share: float
) -> list[Part]:
    """The parts, with that share of what the template wants in each."""
    duration_s, told_s = lengths_s
    counts: dict[str, int] = {}
    parts: list[Part] = []
    for section in template.sections:
        defaults = KINDS[section.kind].options
        options = {**defaults, **template.options_of(section, dict(params), share)}
        count = options.get("count", 0)
        number = count if isinstance(count, int) else 0
        if section.kind == "written":
            task = " ".join(str(options["prompt"]).split())
            parts.append(Part(section.id, "block", number, task or section.heading()))
            continue
        if section.kind == "cards":
            counts |= {each: max(counts.get(each, 0), number) for each in (TERMS, QUESTIONS)}
            continue
        if section.kind == "mind_map":
            counts |= {CHAPTERS: counts.get(CHAPTERS, 0), TERMS: max(counts.get(TERMS, 0), MAPPED)}
            continue
        name = {"key_terms": TERMS, "glossary": TERMS, "outline": CHAPTERS}.get(
            section.kind, section.kind
        )
        counts[name] = max(counts.get(name, 0), number)
    chapters = min(MOST_CHAPTERS, max(1, round(duration_s / TYPICAL_CHAPTER_S) + 1))
    length_s = min(duration_s, told_s)
    counts = {name: _fitting(name, number, length_s) for name, number in counts.items()}
    known = [
        Part(OVERVIEW, "statement", counts.get(OVERVIEW, 0), "what the video is about, as a whole"),
        Part(KEY_POINTS, "statement", counts.get(KEY_POINTS, 0), "the points that matter most"),
        Part(
            CHAPTERS,
            "chapter",
            chapters,
            "the video from its beginning to its end, by subject, each with a short title",
            counts.get(CHAPTERS, 0),
        ),
        Part(TERMS, "term", counts.get(TERMS, 0), "the terms that matter, and their meaning here"),
        Part(OBJECTIVES, "aim", counts.get(OBJECTIVES, 0), "what one can do after watching"),
        Part(QUESTIONS, "question", counts.get(QUESTIONS, 0), "for review, with their answers"),
    ]
    return [part for part in known if part.name in counts and part.count] + parts


def _fitting(name: str, count: int, length_s: float) -> int:
    """At most one entry for so many seconds, and two at least."""
    every_s = EVERY_S.get(name)
    return count if every_s is None else min(count, max(LEAST_ENTRIES, int(length_s / every_s)))


def answer_tokens(parts: list[Part]) -> int:
    """The most tokens that the answer may have."""
    return min(MOST_TOKENS, max(LEAST_TOKENS, sum(part.tokens for part in parts)))


def schema_of(parts: list[Part]) -> dict[str, Any]:
    """The JSON schema of the answer: flat, without references, every field required, so that each
    provider's strict form takes it. The quotation stands before the statement: a model that has
    copied what was said writes to it."""
    return _object({part.name: _list(_entry(part)) for part in parts})


def _entry(part: Part) -> dict[str, Any]:
    if part.form == "chapter":
        points = {"points": _list(_fields("block"))} if part.points else {}
        return _object({"at": _AT, "title": _TEXT, **points})
    return _fields(part.form)


def _fields(form: str) -> dict[str, Any]:
    return _object({"at": _AT, **{name: _TYPES.get(name, _TEXT) for name in NAMES[form]}})


def again_schema() -> dict[str, Any]:
    """The schema of statements that are given again, each by its number."""
    fields = {"number": {"type": "integer"}, "at": _AT, "quote": _TEXT, "text": _TEXT}
    return _object({"statements": _list(_object(fields))})


def again_tokens(count: int) -> int:
    """The most tokens that so many of them may have."""
    return min(MOST_TOKENS, max(LEAST_TOKENS, count * TOKENS["question"]))


_AT = {"type": "number"}
_TEXT = {"type": "string"}
_TYPES = {"kind": {"type": "string", "enum": [kind.value for kind in Kind]}}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
