"""One document to be written by a model, and the room that a call has for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from videobatch.errors import PermanentError
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.templates.definition import Template
from videobatch.pipeline.text.sentences import count_words
from videobatch.pipeline.writing.answer import Moments
from videobatch.pipeline.writing.prompts import line_text
from videobatch.ports import Writer
from videobatch.providers.tokens import estimate_tokens
from videobatch.records import Picture, Utterance

OnCalls = Callable[[int, int], None]

# Slow speech; Chinese characters, which count as words, come faster.
WORDS_PER_S = 1.5
LEAST_STRETCH_TOKENS = 500
TOO_SMALL = "context_too_small"


@dataclass(frozen=True, slots=True)
class Task:
    """One document to be written in a language, its material and its writer. `on_calls` is told
    how many calls are done, of how many that are known of; no call holds more than
    `context_tokens`. On the last try what cannot be had is done without."""

    writer: Writer
    template: Template
    params: Mapping[str, Any]
    material: Material
    lines: Sequence[Utterance]
    pictures: Sequence[Picture]
    on_calls: OnCalls
    context_tokens: int
    language: str = "en"
    is_last_try: bool = False

    @property
    def told_s(self) -> float:
        """The time that what is said and shown takes at an easy pace; no bound where pictures tell
        the rest."""
        if self.pictures:
            return math.inf
        return count_words(self.lines) / WORDS_PER_S

    @property
    def has_slides(self) -> bool:
        """True where some of the lines tell what slides showed."""
        return bool(self.material.slides)


def room_for_lines(task: Task, frame: str, answer: int, pictures: int) -> int:
    """The tokens that are left for lines. Raises PermanentError where there are too few."""
    shown = pictures * (task.writer.picture_tokens or 0)
    room = task.context_tokens - estimate_tokens(frame) - answer - shown
    if room < LEAST_STRETCH_TOKENS:
        raise PermanentError(
            f"{task.context_tokens} tokens are too few to ask {task.writer.model} for this "
            "template",
            hint="raise VIDEOBATCH_API__CONTEXT_TOKENS, or ask for less with --set",
            code=TOO_SMALL,
        )
    return room


def tokens_of(lines: Sequence[Utterance]) -> int:
    """The tokens that the lines come to in a question, roughly."""
    return sum(estimate_tokens(line_text(line)) + 1 for line in lines)


def moments_of(task: Task, lines: Sequence[Utterance], pictures: Sequence[Picture]) -> Moments:
    """The moments that an answer about these lines and pictures may rest on."""
    at_s = [line.start_s for line in lines] + [picture.at_s for picture in pictures]
    return Moments(at_s, task.material.duration_s)
