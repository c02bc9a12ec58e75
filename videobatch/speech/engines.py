"""The engines of this machine, by name, and the one that a submit gets."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from videobatch.errors import SettingsError
from videobatch.ports import Transcriber
from videobatch.speech.models.catalogue import DEFAULT, catalogue, find_model
from videobatch.speech.models.store import ModelStore
from videobatch.speech.recognisers.pocketsphinx import PocketsphinxTranscriber
from videobatch.speech.recognisers.whisper.chinese import SIMPLIFIED

AUTO, WHISPER, POCKETSPHINX = "auto", "whisper", "pocketsphinx"
NAMES = (AUTO, WHISPER, POCKETSPHINX)
MODEL_DIR = "VIDEOBATCH_SPEECH__MODEL_DIR"


@dataclass(frozen=True, slots=True)
class SpeechOptions:
    """The plain values that a recogniser of this machine is made by: the folder of the models that
    `videobatch models get` brings, one that holds a model of the user's own, the `device` that
    whisper runs on, the characters that it writes `chinese` in, and how many `threads` it serves
    at once."""

    models_dir: Path = Path(".videobatch", "models")
    model_dir: Path | None = None
    device: str = AUTO
    chinese: str = SIMPLIFIED
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine and the model that a batch is heard with, and `why`, in words; `better` says how
    to get better words where another engine was looked for."""

    name: str
    model: str
    why: str
    better: str = ""


def choose_engine(wanted: str, model: str, options: SpeechOptions) -> Engine:
    """The engine for `auto`, `whisper` or `pocketsphinx`: `auto` is whisper where the model is
    here, else pocketsphinx. Loads nothing.

    Raises SettingsError for a name that is unknown, and for whisper where it cannot be had.
    """
    if wanted == POCKETSPHINX:
        return Engine(POCKETSPHINX, PocketsphinxTranscriber.model, "it is set")
    if wanted not in NAMES:
        raise SettingsError(
            f"there is no speech engine {wanted!r}", hint=f"choose one of: {', '.join(NAMES)}"
        )
    if options.model_dir is not None:
        # Whoever names a folder means it: one without a model is an error for `auto`, too.
        _check_package()
        from videobatch.speech.recognisers.whisper.recogniser import WhisperTranscriber

        made = WhisperTranscriber(options.model_dir)
        return Engine(WHISPER, made.model, f"{MODEL_DIR} names it")
    find_model(model)
    try:
        where = model_folder(model, options)
        _check_package()
    except SettingsError as error:
        if wanted == WHISPER:
            raise
        return Engine(POCKETSPHINX, PocketsphinxTranscriber.model, error.message, error.hint)
    return Engine(WHISPER, model, f"it is in {where}")


def model_folder(model: str, options: SpeechOptions) -> Path:
    """The folder of the model of that name: the user's own where it is called so, else one that
    was fetched, every file of it the one that is pinned. Raises SettingsError where it is not here.
    """
    own = options.model_dir
    if own is not None and own.resolve().name == model:
        return own
    if model not in catalogue():
        raise SettingsError(
            f"the speech model {model} is not here",
            hint=f"set {MODEL_DIR} to a folder of that name with the model, on each machine",
        )
    store, known = ModelStore(options.models_dir), find_model(model)
    found = store.verified(known)
    if found is None:
        fault = store.fault(known)
        raise SettingsError(
            f"the speech model {model} in {store.path(known)} is damaged: {fault}"
            if fault
            else f"the speech model {model} is not in {options.models_dir}",
            hint=f"`videobatch models get {model}` fetches it ({known.size_bytes / 1e6:,.0f} MB)",
        )
    return found


def make_transcriber(
    engine: str,
    *,
    model: str = DEFAULT,
    language: str | None = None,
    options: SpeechOptions | None = None,
) -> Transcriber:
    """The transcriber of an engine with a model, as `choose_engine` names both; cheap, the model is
    loaded at the first segment.

    `language` is a BCP 47 code, or None to let whisper tell. Raises SettingsError for an unknown
    name, and where this machine lacks the package or the model.
    """
    options = options or SpeechOptions()
    if engine == POCKETSPHINX:
        return PocketsphinxTranscriber()
    if engine != WHISPER:
        raise SettingsError(
            f"there is no speech engine {engine!r}",
            hint=f"choose one of: {', '.join(NAMES)}",
        )
    _check_package()
    from videobatch.speech.recognisers.whisper.recogniser import WhisperTranscriber

    folder = model_folder(model, options)
    return WhisperTranscriber(
        folder,
        language,
        device=options.device,
        chinese=options.chinese,
        workers=options.threads,
    )


def _check_package() -> None:
    if find_spec("faster_whisper") is None:
        from videobatch.speech.recognisers.whisper.weights import INSTALL

        raise SettingsError("faster-whisper is not installed", hint=INSTALL)
