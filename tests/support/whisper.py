"""faster-whisper replaced by a script: what its detector finds and its model says is set by a
test, and what it was asked is kept."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from videobatch.speech.recognisers.whisper.weights import NEEDED

Spoken = tuple[float, float]


def said(
    text: str,
    start_s: float = 0.0,
    word_s: float = 0.4,
    *,
    sure: float = 0.9,
    packs: float = 1.0,
    silent: float = 0.0,
    logprob: float = -0.2,
) -> SimpleNamespace:
    """A part as the model gives it: words (of one character each, without spaces) one after the
    other from `start_s` on."""
    tokens = [f" {word}" for word in text.split()] if text.isascii() else list(text)
    words = [
        SimpleNamespace(
            word=token,
            start=start_s + number * word_s,
            end=start_s + (number + 1) * word_s,
            probability=sure,
        )
        for number, token in enumerate(tokens)
    ]
    return SimpleNamespace(
        words=words,
        compression_ratio=packs,
        no_speech_prob=silent,
        avg_logprob=logprob,
    )


@dataclass
class FakeWhisper:
    """The state of the fake. `answer` gets the seconds of a window's sound and what was asked, and
    gives the parts; `likely` are the languages that the model would tell, window by window (the
    last one again and again); `speech` is where the detector finds any (none: everywhere)."""

    answer: Callable[[float, dict[str, Any]], Sequence[SimpleNamespace]] = lambda s, asked: []
    likely: list[dict[str, float]] = field(default_factory=lambda: [{"en": 0.99}])
    speech: Sequence[Spoken] | None = None
    loaded: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    refuses: Callable[[dict[str, Any]], bool] = lambda options: False


def install(monkeypatch: pytest.MonkeyPatch) -> FakeWhisper:
    """Puts the fake in the place of the module until the test ends."""
    state = FakeWhisper()

    class WhisperModel:
        def __init__(self, path: str, **options: Any) -> None:
            state.loaded.append({"path": path, **options})
            if state.refuses(options):
                raise RuntimeError("unsupported model binary version")
            self.encode = lambda features: features
            self.find_alignment = print
            self.windows = 0

        def transcribe(
            self, samples: NDArray[np.float32], **options: Any
        ) -> tuple[Iterator[Any], Any]:
            assert samples.dtype == np.float32
            language = options["language"]
            if language == "la":
                raise ValueError("'la' is not a valid language code")
            likely = state.likely[min(self.windows, len(state.likely) - 1)]
            self.windows += language is None
            best = language or max(likely, key=lambda code: likely[code])
            told = None if language else list(likely.items())
            info = SimpleNamespace(language=best, all_language_probs=told)

            def parts() -> Iterator[Any]:
                asked = {"seconds": len(samples) / 16000, **options, "language": best}
                state.asked.append(asked)
                yield from state.answer(asked["seconds"], asked)

            return parts(), info

    @cache
    def get_vad_model() -> object:
        return object()

    def get_speech_timestamps(samples: NDArray[np.float32], _options: Any) -> list[dict[str, int]]:
        get_vad_model()
        whole = [(0.0, len(samples) / 16000)]
        spoken = whole if state.speech is None else state.speech
        return [{"start": round(a * 16000), "end": round(b * 16000)} for a, b in spoken]

    vad = ModuleType("faster_whisper.vad")
    vars(vad).update(
        VadOptions=SimpleNamespace,
        get_vad_model=get_vad_model,
        get_speech_timestamps=get_speech_timestamps,
    )
    module = ModuleType("faster_whisper")
    module.__spec__ = importlib.util.spec_from_loader("faster_whisper", None)
    vars(module).update(WhisperModel=WhisperModel, vad=vad)
    monkeypatch.setitem(sys.modules, "faster_whisper", module)
    monkeypatch.setitem(sys.modules, "faster_whisper.vad", vad)
    return state


def model_folder(at: Path, name: str = "small") -> Path:
    """A folder that looks like a model."""
    folder = at / name
    folder.mkdir()
    for each in NEEDED:
        (folder / each).touch()
    return folder
