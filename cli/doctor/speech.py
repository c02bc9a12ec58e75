"""Checks what hearing costs here: measured with the model in use, reckoned for a better one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from cli.doctor.check import Check, warn, well
from config.roles import local_model
from config.settings import Settings
from videobatch.errors import PermanentError, SettingsError
from videobatch.speech.engines import WHISPER, Engine, SpeechOptions, choose_engine, model_folder
from videobatch.speech.models.catalogue import Model, catalogue
from videobatch.speech.models.cost import reckoned_s
from videobatch.speech.models.pace import measure

NAME = "speech"
# Loading a large model and 30 s of sound with it, on a slow machine.
LIMIT_S = 65.0
LATE = "ask again when the machine is less busy; a smaller model hears faster"


def speech(settings: Settings, measured: Callable[[Path], float] = measure) -> Iterator[Check]:
    """Measures for some seconds what an hour of speech takes; nothing where whisper is not used."""
    if (settings.speech.provider or settings.provider) != "offline":
        return
    options = SpeechOptions(settings.speech.models_dir, settings.speech.model_dir)
    try:
        engine = choose_engine(settings.speech.engine, local_model(settings), options)
        if engine.name != WHISPER:
            return
        hour_s = measured(model_folder(engine.model, options))
    except SettingsError:
        # The check of the provider has said so.
        return
    except PermanentError as error:
        yield warn(NAME, f"{engine.model}: {error.message}", LATE)
        return
    yield well(NAME, f"{engine.model}: {_costs(hour_s)}, measured; {_better(engine, hour_s)}")


def _costs(hour_s: float) -> str:
    return f"an hour of speech takes {hour_s:,.0f} s of one processor"


def _better(engine: Engine, hour_s: float) -> str:
    used = catalogue().get(engine.model)
    better = used and _next(used)
    if used is None or better is None:
        return "there is no larger one"
    reckoned = reckoned_s(hour_s, used.shape, better.shape)
    return (
        f"with {better.name} about {reckoned:,.0f} s "
        f"(`videobatch models get {better.name}`, {better.size_bytes / 1e6:,.0f} MB)"
    )


def _next(used: Model) -> Model | None:
    """The next larger model of all languages, in the order of the catalogue."""
    models = list(catalogue().values())
    later = models[models.index(used) + 1 :]
    return next((model for model in later if not model.languages), None)
