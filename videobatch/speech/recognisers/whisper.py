"""Speech recognition on this machine in many languages: faster-whisper, an optional extra."""

from __future__ import annotations

import importlib
import math
import threading
from pathlib import Path
from typing import Any

from videobatch.errors import PermanentError, SettingsError
from videobatch.records import AudioSegment, Utterance

NEEDED = ("model.bin", "config.json", "tokenizer.json")
INSTALL = 'install it: .venv/bin/pip install "faster-whisper>=1.2,<2"'
DOWNLOAD = (
    "put a model converted for faster-whisper there (model.bin, config.json, tokenizer.json and "
    "the vocabulary), for instance a download of the repository Systran/faster-whisper-small"
)


class WhisperTranscriber:
    """Transcribes with a faster-whisper model from a folder of the user's; never downloads.

    `language` is a BCP 47 code, or None to let the model tell. The folder is checked at once,
    the model loaded at the first segment and kept.
    """

    name = "whisper"
    max_segment_s = 300.0
    parallel = 1
    rough = False

    def __init__(
        self, model_dir: Path, language: str | None = None, compute_type: str = "default"
    ) -> None:
        """Raises SettingsError if the folder does not hold a model."""
        _check(model_dir)
        self.model_dir = model_dir
        self.model = model_dir.resolve().name
        self.language = language
        self.compute_type = compute_type
        # Models named `*.en` know English alone; the others take nearly a hundred languages.
        english = self.model.endswith(".en")
        self.languages: frozenset[str] = frozenset({"en"}) if english else frozenset()
        self._model: Any = None
        self._lock = threading.Lock()

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        """The words of the segment. Raises SettingsError if faster-whisper is not installed or its
        model cannot be loaded, PermanentError if it gives up. Safe to repeat."""
        with self._lock:
            model = self._loaded()
            samples = segment.samples.astype("float32") / 32768.0
            try:
                # Conditioning on earlier text would make a result depend on what came before.
                found, _ = model.transcribe(
                    samples,
                    language=self.language,
                    vad_filter=True,
                    condition_on_previous_text=False,
                )
                return tuple(u for part in found if (u := _utterance(part, segment)).text)
            except (RuntimeError, ValueError) as error:
                raise PermanentError(
                    f"whisper gave up at {segment.start_s:.0f} s: {error}", code="recogniser"
                ) from error

    def _loaded(self) -> Any:
        if self._model is None:
            try:
                module = importlib.import_module("faster_whisper")
            except ImportError as error:
                raise SettingsError("faster-whisper is not installed", hint=INSTALL) from error
            try:
                self._model = module.WhisperModel(
                    str(self.model_dir), compute_type=self.compute_type, local_files_only=True
                )
            except (RuntimeError, ValueError, OSError) as error:
                raise SettingsError(
                    f"the model in {self.model_dir} cannot be loaded: {error}", hint=DOWNLOAD
                ) from error
        return self._model


def _check(model_dir: Path) -> None:
    if not model_dir.is_dir():
        raise SettingsError(f"there is no model folder {model_dir}", hint=DOWNLOAD)
    missing = [name for name in NEEDED if not (model_dir / name).is_file()]
    if missing:
        raise SettingsError(
            f"the model folder {model_dir} lacks {', '.join(missing)}", hint=DOWNLOAD
        )


def _utterance(part: Any, segment: AudioSegment) -> Utterance:
    return Utterance(
        start_s=round(segment.start_s + float(part.start), 2),
        end_s=round(min(segment.start_s + float(part.end), segment.end_s), 2),
        text=" ".join(str(part.text).split()),
        confidence=round(min(1.0, math.exp(part.avg_logprob)), 3),
    )
