"""What makes the documents: the provider, its key or model, and the templates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cli.doctor.check import Check, bad, well
from config.settings import ProviderAccess, Settings, Speech
from videobatch.errors import SettingsError
from videobatch.providers.catalog import PROVIDERS

# The acoustic model's definition, below the model folder of pocketsphinx.
MODEL_FILE = "en-us/en-us/mdef"


def provider(settings: Settings) -> Iterator[Check]:
    """Whether the provider that is set can work."""
    if settings.provider == "offline":
        yield _speech(settings.speech)
        return
    yield _paid(settings)


def _paid(settings: Settings) -> Check:
    """Asks nobody: whether the key is good shows at the first call."""
    paid = PROVIDERS[settings.provider]
    access = ProviderAccess(_env_file=Settings.model_config.get("env_file"))
    count, url = len(access.keys(paid.name)), access.base_url(paid.name)
    is_own = url in (None, paid.base_url)
    if not count and is_own:
        found = f"{paid.name}: {paid.key_variable} is not set"
        return bad("provider", found, f"set {paid.key_variable}, in the environment or in .env")
    api = settings.api
    writer = api.writer or (paid.writer_model if is_own else "none")
    keys = f"{paid.key_variable} is {'set' if count else 'not set'}"
    models = f"{api.model or paid.speech_model} hears, {writer} writes"
    return well("provider", f"{paid.name}, {models}; {keys}")


def _speech(speech: Speech) -> Check:
    from videobatch.providers.registry import make_transcriber

    try:
        engine = make_transcriber(
            speech.engine, model_dir=speech.model_dir, language=speech.language
        )
    except SettingsError as error:
        return bad("provider", f"offline, {speech.engine}: {error.message}", error.hint)
    found = f"offline, {engine.name} with model {engine.model}"
    if speech.engine == "whisper":
        return well("provider", found)
    return _pocketsphinx(found)


def _pocketsphinx(found: str) -> Check:
    from pocketsphinx import get_model_path

    model = Path(get_model_path(MODEL_FILE))
    if not model.is_file():
        return bad("provider", f"{found}: there is no {model}", "run `make setup`")
    return well("provider", f"{found} (English, rough)")


def templates(settings: Settings) -> Iterator[Check]:
    """Whether all templates can be loaded, the user's too, and the one that is set is there."""
    from videobatch.pipeline.templates import load_templates

    try:
        found = load_templates((settings.templates_dir,) if settings.templates_dir else ())
    except SettingsError as error:
        yield bad("templates", error.message, error.hint)
        return
    names = ", ".join(found)
    if settings.template in found:
        yield well("templates", f"{names}; {settings.template} is used")
    else:
        hint = "correct VIDEOBATCH_TEMPLATE, or put its file into VIDEOBATCH_TEMPLATES_DIR"
        yield bad("templates", f"there is no {settings.template}; there are: {names}", hint)
