"""The work of translating a video, as far as it can be told before anything is heard."""

from __future__ import annotations

import math
from collections.abc import Iterator

from videobatch.languages import primary
from videobatch.pipeline.templates import document_language
from videobatch.pipeline.text.script import language_of_script
from videobatch.pipeline.translating.task import (
    ANSWER_TOKENS,
    GROWTH,
    LEAST_ROOM,
    LINE_TOKENS,
    MOST_LINES,
    MOST_TOKENS,
    held_tokens,
    is_partly_foreign,
    room_of,
)
from videobatch.pipeline.translating.terms import MOST_FOUND, TERM_TOKENS
from videobatch.records import Probe, Transcript
from videobatch.submission.wish import CheckedWish
from videobatch.submission.work import Calls

# Fast speech, and how long a cue of it is; what a question says beside its lines.
SPOKEN_TOKENS_PER_S, CUE_S, QUESTION_TOKENS = 5.0, 3.0, 700
# What the translation comes to, for each token that was said and each line.
ANSWERED, ANSWERED_LINE = 1.5, LINE_TOKENS / 2
# Lines that are asked for once more, as a share.
AGAIN = 0.1


def calls_of_translation(length_s: float, context_tokens: int) -> Iterator[Calls]:
    """The calls for so many seconds of speech, if none of it is known yet: for the terms, for each
    stretch, and for some lines of each once more; none for no speech."""
    if length_s <= 0:
        return
    tokens, lines = math.ceil(length_s * SPOKEN_TOKENS_PER_S), math.ceil(length_s / CUE_S)
    terms_tokens = MOST_FOUND * TERM_TOKENS
    held = held_tokens(tokens, lines) / room_of(context_tokens)
    parts = max(1, math.ceil(tokens / max(LEAST_ROOM, context_tokens - terms_tokens)))
    yield Calls(
        parts, QUESTION_TOKENS + tokens / parts, tokens_out=terms_tokens / 2, most_out=terms_tokens
    )
    stretches = max(1, *map(math.ceil, (lines / MOST_LINES, tokens / MOST_TOKENS, held)))
    said, cues = tokens / stretches, lines / stretches
    for count, share, is_again in ((stretches, 1.0, False), (stretches, AGAIN, True)):
        yield Calls(
            count,
            QUESTION_TOKENS + share * said,
            tokens_out=share * (ANSWERED * said + ANSWERED_LINE * cues),
            most_out=ANSWER_TOKENS + share * (GROWTH * said + LINE_TOKENS * cues),
            is_again=is_again,
        )


def may_be_translated(wish: CheckedWish, probe: Probe, subtitles: Transcript | None) -> bool:
    """True where a language model is asked to translate: unless subtitles, the sound's track or the
    setting say that the language is the document's already, nobody knows."""
    if not wish.translates:
        return False
    language = document_language(wish.template, wish.options.document_language, None)
    if subtitles is not None:
        said = [line.text for line in subtitles.utterances]
        script = language_of_script(said)
        is_in_it = script == language or (primary(subtitles.language) or script) == language
        return not is_in_it or is_partly_foreign(said, language)
    tagged = probe.audio.language if probe.audio else None
    return primary(wish.options.language or tagged) != language
