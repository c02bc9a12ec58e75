"""A language model's writing on one video, as records that the sections are built from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from videobatch.pipeline.blocks.kinds import Kind
from videobatch.pipeline.quotations.claims import Proof
from videobatch.records import Checked, Remark, Utterance


@dataclass(frozen=True, slots=True)
class WrittenStatement(Utterance):
    """A statement, the words of the video that are to show it, and whether they were found. A
    block of another `kind` may have several lines; `programming` is the language of code."""

    quote: str = ""
    proof: Proof = Proof.UNCHECKED
    kind: Kind = Kind.TEXT
    programming: str = ""

    @property
    def is_block(self) -> bool:
        """True for what stands by itself: no sentence."""
        return self.kind is not Kind.TEXT


@dataclass(frozen=True, slots=True)
class WrittenChapter:
    """A chapter from `start_s` to the next one, and its statements."""

    start_s: float
    title: str
    points: tuple[WrittenStatement, ...]


@dataclass(frozen=True, slots=True)
class WrittenTerm:
    """A term, what it means, and where it is explained."""

    at_s: float
    term: str
    meaning: str
    quote: str = ""
    proof: Proof = Proof.UNCHECKED


@dataclass(frozen=True, slots=True)
class WrittenQuestion:
    """A question, its answer, and where that is said."""

    at_s: float
    question: str
    answer: str
    quote: str = ""
    proof: Proof = Proof.UNCHECKED


Entry = WrittenStatement | WrittenTerm | WrittenQuestion
E = TypeVar("E", WrittenStatement, WrittenTerm, WrittenQuestion)


@dataclass(frozen=True, slots=True)
class Written:
    """The parts that were asked for; those that were not are empty. Statements are utterances of
    no length, at the time of what they rest on. `texts` are by the id of their section. One that
    is not usable is all empty: the model gave nothing else, for that `reason` in a word or two.
    Objectives claim nothing of the video, and are not checked."""

    writer: str
    is_usable: bool = True
    reason: str = ""
    overview: tuple[WrittenStatement, ...] = ()
    key_points: tuple[WrittenStatement, ...] = ()
    chapters: tuple[WrittenChapter, ...] = ()
    terms: tuple[WrittenTerm, ...] = ()
    objectives: tuple[Utterance, ...] = ()
    questions: tuple[WrittenQuestion, ...] = ()
    texts: Mapping[str, tuple[WrittenStatement, ...]] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    @property
    def entries(self) -> Iterator[Entry]:
        """All that can be checked, in the order of `changed`."""
        yield from self.overview
        yield from self.key_points
        for chapter in self.chapters:
            yield from chapter.points
        yield from self.terms
        yield from self.questions
        for statements in self.texts.values():
            yield from statements

    @property
    def checked(self) -> Checked:
        """Counts those that were looked for, and those that were found."""
        found = [entry.proof for entry in self.entries]
        looked_for = [each for each in found if each is not Proof.UNCHECKED]
        missing = looked_for.count(Proof.MISSING)
        return Checked(len(looked_for), len(looked_for) - missing)

    def changed(self, change: Callable[[Entry], Entry]) -> Written:
        """The same, with each entry as `change` gives it, which keeps its kind."""

        def each(entries: tuple[E, ...]) -> tuple[E, ...]:
            return tuple(change(entry) for entry in entries)  # type: ignore[misc]

        return replace(
            self,
            overview=each(self.overview),
            key_points=each(self.key_points),
            chapters=tuple(replace(c, points=each(c.points)) for c in self.chapters),
            terms=each(self.terms),
            questions=each(self.questions),
            texts={name: each(statements) for name, statements in self.texts.items()},
        )
