"""The words of one window, as the model writes them down."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from videobatch.records import Word
from videobatch.speech.recognisers.whisper.stretches import Window, cut_out, placed

BEAM = 5
# A text that packs so well says one thing again and again.
REPEATING = 2.4
# Where the model thinks that nobody speaks, or is so little sure of each token, it makes words up.
SILENT, UNSURE = 0.6, -1.0


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word with times from the segment's start, in the language of its window; `is_apart` where
    a space stands before it."""

    word: Word
    language: str
    is_apart: bool


@dataclass(frozen=True, slots=True)
class Manner:
    """The manner in which a window is heard: its language (None: the model tells), the text that
    comes before it, the terms that are likely in it, and whether phrases may come again."""

    language: str | None = None
    prompt: str | None = None
    terms: tuple[str, ...] = ()
    may_repeat: bool = True


@dataclass(frozen=True, slots=True)
class Draft:
    """A window that was encoded: the likelihood of each language, and the parts of the text, which
    are decoded as they are asked for."""

    parts: Iterator[Any]
    language: str
    likely: dict[str, float]


def draft(model: Any, samples: NDArray[Any], window: Window, manner: Manner) -> Draft:
    """Has the model listen to the window. Raises RuntimeError and ValueError.

    One temperature: what is sampled at random would be other words each time. And nothing of an
    earlier window, so that equal sound gives equal words.
    """
    parts, info = model.transcribe(
        cut_out(samples, window),
        language=manner.language,
        beam_size=BEAM,
        temperature=0.0,
        condition_on_previous_text=False,
        initial_prompt=manner.prompt,
        # With a point at its end, a list is written down with punctuation.
        hotwords=", ".join(manner.terms) + "." if manner.terms else None,
        no_repeat_ngram_size=0 if manner.may_repeat else 3,
        word_timestamps=True,
    )
    return Draft(parts, str(info.language), dict(info.all_language_probs or ()))


def words_of(drafted: Draft, window: Window) -> Iterator[HeardWord]:
    """The words, without those that the model gives no credit itself."""
    for part in drafted.parts:
        if part.compression_ratio > REPEATING or _is_made_up(part):
            continue
        for found in part.words or ():
            text = " ".join(str(found.word).split())
            if not text:
                continue
            start_s, end_s = placed(window, float(found.start), float(found.end))
            sure = min(1.0, max(0.0, float(found.probability)))
            yield HeardWord(
                Word(start_s, end_s, text, round(sure, 3)),
                drafted.language,
                str(found.word)[:1].isspace(),
            )


def _is_made_up(part: Any) -> bool:
    return bool(part.no_speech_prob > SILENT and part.avg_logprob < UNSURE) or math.isnan(
        part.avg_logprob
    )
