"""The engines of this machine, by name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from videobatch.errors import SettingsError
from videobatch.ports import Transcriber
from videobatch.speech.recognisers.pocketsphinx import PocketsphinxTranscriber
from videobatch.speech.recognisers.whisper import INSTALL, WhisperTranscriber

NAMES = ("pocketsphinx", "whisper")


def make_transcriber(
    name: str, *, model_dir: Path | None = None, language: str | None = None
) -> Transcriber:
    """The transcriber called `name`; cheap, the model is loaded at the first segment.

    `model_dir` and `language` are for whisper. Raises SettingsError for an unknown name and for
    whisper without its package or its model folder.
    """
    if name == "pocketsphinx":
        return PocketsphinxTranscriber()
    if name == "whisper":
        if find_spec("faster_whisper") is None:
            raise SettingsError("faster-whisper is not installed", hint=INSTALL)
        if model_dir is None:
            raise SettingsError(
                "whisper needs the folder of its model",
                hint="set VIDEOBATCH_SPEECH__MODEL_DIR to a folder with a faster-whisper model",
            )
        return WhisperTranscriber(model_dir, language)
    raise SettingsError(
        f"there is no speech engine {name!r}", hint=f"choose one of: {', '.join(NAMES)}"
    )
