"""Checks the makers of documents: who hears and who writes, and the templates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

from cli.doctor.asking import Known, asked, refused
from cli.doctor.check import Check, bad, warn, well
from config.access import load_access
from config.documents import SlideSettings
from config.roles import Group, local_model, names
from config.settings import Settings
from videobatch.errors import SettingsError
from videobatch.providers.paid_models import load_models
from videobatch.providers.roles import Role, make_role
from videobatch.slides.installed import INSTALL, missing

# The acoustic model's definition, below the model folder of pocketsphinx.
MODEL_FILE = "en-us/en-us/mdef"


def provider(settings: Settings, today: date | None = None) -> Iterator[Check]:
    """Checks that speech can be recognised, by whoever is set to do it, and is served by that day
    (None: no day is looked at)."""
    try:
        role, known = _role(settings, "speech"), _known(settings, today)
    except SettingsError as error:
        yield refused("provider", error)
        return
    yield _speech(settings) if role is None else asked("provider", role, "hears", known)


def writer(settings: Settings, today: date | None = None) -> Iterator[Check]:
    """Checks that documents can be written, by whoever is set to do it, and is served by that day
    (None: no day is looked at)."""
    try:
        role, known = _role(settings, "writer"), _known(settings, today)
    except SettingsError as error:
        yield refused("writer", error)
        return
    if role is None or role.model is None:
        yield well("writer", "none: documents are put together from what was said")
    else:
        yield asked("writer", role, "writes", known)


def _known(settings: Settings, today: date | None) -> Known | None:
    return None if today is None else Known(load_models(settings.api.prices), today)


def _role(settings: Settings, group: Group) -> Role | None:
    return make_role(**names(settings, load_access(), group).plain())


def _speech(settings: Settings) -> Check:
    from videobatch.speech.engines import (
        POCKETSPHINX,
        SpeechOptions,
        choose_engine,
        make_transcriber,
    )

    speech = settings.speech
    options = SpeechOptions(speech.models_dir, speech.model_dir)
    try:
        engine = choose_engine(speech.engine, local_model(settings), options)
        make_transcriber(engine.name, model=engine.model, language=speech.language, options=options)
    except SettingsError as error:
        return bad("provider", f"offline, {speech.engine}: {error.message}", error.hint)
    found = f"offline, {engine.name} with model {engine.model}"
    if engine.name != POCKETSPHINX:
        return well("provider", f"{found}: {engine.why}")
    return _pocketsphinx(f"{found} (English, rough): {engine.why}", engine.better)


def _pocketsphinx(found: str, better: str) -> Check:
    from pocketsphinx import get_model_path

    model = Path(get_model_path(MODEL_FILE))
    if not model.is_file():
        return bad("provider", f"{found}; there is no {model}", "run `make setup`")
    return warn("provider", found, better) if better else well("provider", found)


def slides(settings: SlideSettings) -> Iterator[Check]:
    """Tells whether the text on slides is read here, and how to get what reads it."""
    lacks = missing()
    if settings.read == "off":
        yield well("slides", "not read: VIDEOBATCH_SLIDES__READ=off")
    elif not lacks:
        yield well("slides", f"their text is read, by rapidocr {version('rapidocr')}")
    elif settings.read == "auto":
        yield well(
            "slides", f"not read: the extra ocr is not installed; {INSTALL} to have them read"
        )
    else:
        yield warn("slides", f"nothing here reads them: {', '.join(lacks)} missing", INSTALL)


def templates(settings: Settings) -> Iterator[Check]:
    """Checks that all templates can be loaded, the user's too, and that the set one is there."""
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
