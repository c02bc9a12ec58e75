"""What makes the documents: the provider, its key or model, and the templates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from cli.doctor.check import Check, bad, well
from config.settings import Settings, Speech
from videobatch.errors import SettingsError

KEYS = {"openai": "OPENAI_API_KEY", "gemini": "GEMINI_API_KEY"}
# The acoustic model's definition, below the model folder of pocketsphinx.
MODEL_FILE = "en-us/en-us/mdef"


class _Keys(BaseSettings):
    """The keys from where the settings are read as well: the environment, else `.env`."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    openai_api_key: SecretStr | None = None
    gemini_api_key: SecretStr | None = None


def provider(settings: Settings) -> Iterator[Check]:
    """Whether the provider that is set can work."""
    if settings.provider == "offline":
        yield _speech(settings.speech)
        return
    name = KEYS[settings.provider]
    keys = _Keys(_env_file=Settings.model_config.get("env_file"))
    is_set = getattr(keys, name.lower()) is not None
    key = f"{name} is {'set' if is_set else 'not set'}"
    found = f"{settings.provider} is not in this version yet; {key}"
    yield bad("provider", found, "set VIDEOBATCH_PROVIDER=offline")


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
