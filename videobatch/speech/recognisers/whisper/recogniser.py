"""The transcriber that hears with a Whisper model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videobatch.errors import PermanentError
from videobatch.records import AudioSegment, Utterance
from videobatch.speech.recognisers.whisper.chinese import (
    PROMPTS,
    is_chinese,
    is_echo,
    written,
)
from videobatch.speech.recognisers.whisper.covering import uncovered
from videobatch.speech.recognisers.whisper.decoding import (
    Draft,
    HeardWord,
    Manner,
    draft,
    words_of,
)
from videobatch.speech.recognisers.whisper.language import SURE, language_of
from videobatch.speech.recognisers.whisper.sentences import statements_of
from videobatch.speech.recognisers.whisper.stretches import Window, find_speech, windows
from videobatch.speech.recognisers.whisper.terms import is_recited
from videobatch.speech.recognisers.whisper.weights import weights_of


class WhisperTranscriber:
    """Transcribes with a faster-whisper model from a folder; never downloads.

    `language` is a BCP 47 code, or None to let the model tell, window by window. `device` is one
    of `devices.NAMES`, `chinese` one of `chinese.SCRIPTS`; `workers` segments are heard at once
    where as many threads ask. The folder is checked at once, the model loaded at the first segment
    and kept. What a segment gives depends on its samples and its terms alone.
    """

    name = "whisper"
    max_segment_s = 120.0
    parallel = 1
    rough = False

    def __init__(
        self,
        model_dir: Path,
        language: str | None = None,
        *,
        device: str = "auto",
        chinese: str = "simplified",
        workers: int = 1,
    ) -> None:
        """Raises SettingsError if the folder does not hold a model."""
        self._weights = weights_of(model_dir, device, workers)
        self.model_dir = model_dir
        self.model = model_dir.resolve().name
        self.language = language
        self.chinese = chinese
        # Models named `*.en` know English alone; the others take nearly a hundred languages.
        english = self.model.endswith(".en")
        self.languages: frozenset[str] = frozenset({"en"}) if english else frozenset()

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        """The statements of the segment, with their words and language. Raises SettingsError if
        faster-whisper is not installed or its model cannot be loaded, PermanentError if it gives
        up. May be called by several threads at once. Safe to repeat: equal samples and terms give
        equal words, on one kind of machine."""
        model = self._weights.get()
        samples = segment.samples.astype(np.float32) / 32768.0
        try:
            words = self._words(model, samples, segment)
        except (RuntimeError, ValueError) as error:
            raise PermanentError(
                f"whisper gave up at {segment.start_s:.0f} s: {error}", code="recogniser"
            ) from error
        said = statements_of(words, segment.start_s, segment.end_s)
        return tuple(written(each, self.chinese) for each in said if not is_echo(each))

    def _words(
        self, model: Any, samples: NDArray[np.float32], segment: AudioSegment
    ) -> Sequence[HeardWord]:
        """The words in order. What was passed over is heard once more, by itself and untold, so
        that phrases cannot come again and again."""
        speech, until_s = find_speech(samples), segment.duration_s
        heard: list[HeardWord] = []
        likely: list[dict[str, float]] = []
        todo = windows(speech, until_s)
        for number, window in enumerate(todo):
            drafted = self._draft(model, samples, todo[number:], likely, segment.terms)
            found = list(words_of(drafted, window))
            if is_recited((each.word.text for each in found), segment.terms):
                again = self._manner(drafted.language)
                found = list(words_of(draft(model, samples, window, again), window))
            heard += found
        missing = uncovered(speech, [each.word for each in heard])
        known = self.language or _commonest(heard)
        for window in windows(missing, until_s):
            heard += words_of(self._again(model, samples, window, known), window)
        return sorted(heard, key=lambda each: each.word.start_s)

    def _draft(
        self,
        model: Any,
        samples: NDArray[np.float32],
        todo: Sequence[Window],
        likely: list[dict[str, float]],
        terms: tuple[str, ...],
    ) -> Draft:
        """The first window, in its language; one that is not plain is told by the others of the
        segment. `likely` are those before it, and gets this one's."""
        manner = self._manner(self.language, terms)
        drafted = draft(model, samples, todo[0], manner)
        if not drafted.likely:
            return drafted
        others = list(likely)
        if not others and max(drafted.likely.values()) < SURE:
            others = [draft(model, samples, each, manner).likely for each in todo[1:2]]
        likely.append(drafted.likely)
        language = language_of(drafted.likely, others)
        if language == drafted.language and not is_chinese(language):
            return drafted
        return draft(model, samples, todo[0], self._manner(language, terms))

    def _again(
        self, model: Any, samples: NDArray[np.float32], window: Window, known: str | None
    ) -> Draft:
        """A window that gave no words: in its own language where that is plain, since words are
        passed over where it is another one than its neighbours', else in the one that is known."""
        if self.language is None:
            drafted = draft(model, samples, window, self._manner(None, may_repeat=False))
            if max(drafted.likely.values(), default=0.0) >= SURE:
                known = drafted.language
            if known == drafted.language and not is_chinese(known):
                return drafted
        return draft(model, samples, window, self._manner(known, may_repeat=False))

    def _manner(
        self, language: str | None, terms: tuple[str, ...] = (), *, may_repeat: bool = True
    ) -> Manner:
        prompt = PROMPTS.get(self.chinese) if is_chinese(language) else None
        return Manner(language, prompt, terms, may_repeat)


def _commonest(heard: Sequence[HeardWord]) -> str | None:
    codes = [each.language for each in heard]
    return max(sorted(set(codes)), key=codes.count, default=None)
