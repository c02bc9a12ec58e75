"""The translation of one video: its lines, in stretches of a fixed size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from videobatch.pipeline.text.script import language_of_script
from videobatch.ports import Writer
from videobatch.providers.tokens import estimate_tokens
from videobatch.records import GlossaryTerm

# A stretch is the same in every try, whatever else is set: its answer is paid for once.
MOST_LINES, MOST_TOKENS = 120, 3_000
# A line of the answer, with its number, and its text: Chinese takes about a token a character.
LINE_TOKENS, GROWTH = 24, 3
ANSWER_TOKENS = 300
# The task, and the terms that it names.
FRAME_TOKENS, LEAST_ROOM = 1_500, 500
# Of a talk in the right language, what is worth a translation, and what is no term alone.
LEAST_FOREIGN, SENTENCE_WORDS = 0.1, 4


@dataclass(frozen=True, slots=True)
class Line:
    """A cue to be translated, by its number from 1; `text` is on one line."""

    number: int
    text: str

    @property
    def tokens(self) -> int:
        """The tokens that it comes to in a question, roughly."""
        return estimate_tokens(self.text) + 4


@dataclass(frozen=True, slots=True)
class Task:
    """The lines of one video that are to be in `language`, who translates them, and the glossary
    that holds for all of them. `on_calls` is told how many stretches are done, of how many."""

    writer: Writer
    title: str
    language: str
    lines: Sequence[Line]
    glossary: Sequence[GlossaryTerm]
    on_calls: Callable[[int, int], None]
    is_last_try: bool = False


def stretches(lines: Sequence[Line], context_tokens: int) -> Iterator[Sequence[Line]]:
    """The lines in stretches; smaller ones for a model that holds less than is usual."""
    room = room_of(context_tokens)
    stretch: list[Line] = []
    used, held = 0, 0
    for line in lines:
        held_more = held_tokens(line.tokens, 1)
        is_full = len(stretch) >= MOST_LINES or used + line.tokens > MOST_TOKENS
        if stretch and (is_full or held + held_more > room):
            yield stretch
            stretch, used, held = [], 0, 0
        stretch.append(line)
        used += line.tokens
        held += held_more
    if stretch:
        yield stretch


def room_of(context_tokens: int) -> int:
    """The tokens that lines and their translation may come to in one call."""
    return max(LEAST_ROOM, context_tokens - FRAME_TOKENS - ANSWER_TOKENS)


def held_tokens(tokens: int, lines: int) -> int:
    """The tokens that so many lines of so many tokens come to, with their translation."""
    return (1 + GROWTH) * tokens + lines * LINE_TOKENS


def answer_tokens(lines: Sequence[Line]) -> int:
    """The most tokens that their translation may have."""
    return ANSWER_TOKENS + sum(GROWTH * line.tokens + LINE_TOKENS for line in lines)


def is_partly_foreign(texts: Iterable[str], language: str) -> bool:
    """True where whole sentences in another script than that of the language are a part of what is
    said that matters: a guest who answers in English, and no terms alone."""
    told = [text for text in texts if any(map(str.isalpha, text))]
    foreign = [text for text in told if is_foreign(text, language) and _is_sentence(text)]
    return len(foreign) > LEAST_FOREIGN * len(told)


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= SENTENCE_WORDS or not text.isascii()


def is_foreign(text: str, language: str, spoken: str | None = None) -> bool:
    """True for a line that has words of another language than that; `spoken` is what the talk is
    in, for scripts that several languages are written in."""
    if not any(map(str.isalpha, text)):
        return False
    script = language_of_script([text])
    if language == "zh":
        return script != "zh"
    return script is not None or spoken not in (None, language)
