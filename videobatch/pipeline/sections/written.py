"""A language model's writing on one video, as records that the sections are built from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from videobatch.records import Remark, Utterance


@dataclass(frozen=True, slots=True)
class WrittenChapter:
    """A chapter from `start_s` to the next one, and its statements."""

    start_s: float
    title: str
    points: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class WrittenTerm:
    """A term, what it means, and where it is explained."""

    at_s: float
    term: str
    meaning: str


@dataclass(frozen=True, slots=True)
class WrittenQuestion:
    """A question, its answer, and where that is said."""

    at_s: float
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Written:
    """The parts that were asked for; those that were not are empty. Statements are utterances of
    no length, at the time of what they rest on. `texts` are by the id of their section. One that
    is not usable is all empty: the model gave nothing else, for that `reason` in a word or two."""

    writer: str
    is_usable: bool = True
    reason: str = ""
    overview: tuple[Utterance, ...] = ()
    key_points: tuple[Utterance, ...] = ()
    chapters: tuple[WrittenChapter, ...] = ()
    terms: tuple[WrittenTerm, ...] = ()
    objectives: tuple[Utterance, ...] = ()
    questions: tuple[WrittenQuestion, ...] = ()
    texts: Mapping[str, tuple[Utterance, ...]] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
