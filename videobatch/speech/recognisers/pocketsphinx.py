"""Rough speech recognition in English, without a key, a network or a download: pocketsphinx."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from videobatch.errors import PermanentError, SettingsError
from videobatch.records import SAMPLE_RATE_HZ, AudioSegment, Utterance, Word
from videobatch.speech.recognisers.words import to_utterances

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAMES_PER_S = 100
VARIANT = re.compile(r"\(\d+\)$")
FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
# Shorter sound holds no word, and the decoder's features need a few frames.
LEAST_SAMPLES = 1600
# Below this amplitude (of 32,768) there is nothing to hear, yet the decoder makes words of it.
QUIET = 16
# Wider than the defaults (1e-48, 1e-48, 7e-29, 30,000 active states, 6.5), which cut off right
# words: 17 instead of 12 of the 22 words of a recorded speech, wherever it is cut, for 30 % more
# time.
TUNING = {"beam": 1e-55, "pbeam": 1e-55, "wbeam": 1e-35, "maxhmmpf": -1, "lw": 7.5}


class PocketsphinxTranscriber:
    """Transcribes English speech with the model that comes in the pocketsphinx wheel.

    A process has one decoder, made at the first segment (126 to 166 MB) and used by one thread
    at a time. What a segment gives does not depend on the segments before it.
    """

    name = "pocketsphinx"
    model = "en-us"
    language: str | None = "en"
    languages = frozenset({"en"})
    max_segment_s = 30.0
    parallel = 1
    rough = True

    _decoders: ClassVar[dict[int, Any]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        """The words of the segment, split at pauses. Raises SettingsError if the model cannot be
        loaded and PermanentError if the decoder gives up. Holds the GIL while it decodes. Safe to
        repeat: equal samples give equal words."""
        if len(segment.samples) < LEAST_SAMPLES or _is_quiet(segment.samples):
            return ()
        with self._lock:
            words = [word for word in _decode(self._decoder(), segment) if _is_heard(word, segment)]
        return to_utterances(words)

    @classmethod
    def _decoder(cls) -> Any:
        # A decoder inherited by a fork works, but a half-made one would not: keyed by process.
        decoder = cls._decoders.get(os.getpid())
        if decoder is None:
            decoder = _load()
            cls._decoders.clear()
            cls._decoders[os.getpid()] = decoder
        return decoder


def _load() -> Any:
    from pocketsphinx import Decoder

    try:
        # "FATAL" also silences what its C code writes to standard error while decoding.
        return Decoder(loglevel="FATAL", **TUNING)
    except RuntimeError as error:
        raise SettingsError(
            f"the speech model of pocketsphinx cannot be loaded: {error}",
            hint="install the requirements again (`make setup`)",
        ) from error


def _is_quiet(samples: NDArray[np.int16]) -> bool:
    return samples.size == 0 or max(int(samples.max()), -int(samples.min())) < QUIET


def _is_heard(word: Word, segment: AudioSegment) -> bool:
    first = int((word.start_s - segment.start_s) * SAMPLE_RATE_HZ)
    last = int((word.end_s - segment.start_s) * SAMPLE_RATE_HZ)
    return not _is_quiet(segment.samples[first:last])


def _decode(decoder: Any, segment: AudioSegment) -> Iterator[Word]:
    try:
        # Noise and cepstral means are learned from what was heard; a fresh start makes the result
        # of a segment independent of those before it, so that resuming changes nothing.
        decoder.reinit_feat()
        decoder.start_utt()
        decoder.process_raw(segment.samples.astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        found = decoder.seg()
        hypotheses = (
            []
            if found is None
            else [(seg.word, seg.start_frame, seg.end_frame, seg.prob) for seg in found]
        )
    except RuntimeError as error:
        raise PermanentError(
            f"pocketsphinx gave up at {segment.start_s:.0f} s: {error}", code="recogniser"
        ) from error
    for text, first, last, probability in hypotheses:
        if FILLER.match(text):
            continue
        yield Word(
            start_s=segment.start_s + first / FRAMES_PER_S,
            end_s=min(segment.start_s + (last + 1) / FRAMES_PER_S, segment.end_s),
            text=VARIANT.sub("", text),
            confidence=min(1.0, max(0.0, float(probability))),
        )
