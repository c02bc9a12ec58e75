"""What a person wants made: template, parameters and settings, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cli.inputs import Found
from cli.planning import Sidecars, Wish
from config.settings import Settings, load_access
from videobatch.errors import SettingsError, VideobatchError
from videobatch.media.probe import text_languages
from videobatch.media.subtitles import sidecar_language
from videobatch.pipeline.languages import bcp47
from videobatch.pipeline.options import DocumentOptions
from videobatch.pipeline.templates import Template, check_language, check_params, load_templates
from videobatch.providers import make_transcriber
from videobatch.providers.catalog import PROVIDERS
from videobatch.providers.prices import check_price, load_prices

NO_WRITER = "none"


@dataclass(frozen=True, slots=True)
class Checked:
    """A wish that can be fulfilled, with its template, the languages that the recogniser knows
    (none: any) and what shapes its documents."""

    wish: Wish
    template: Template
    languages: frozenset[str]
    options: DocumentOptions


def check_wish(settings: Settings, template_name: str, given: Sequence[str]) -> Checked:
    """The wish, checked. `given` are `name=value` texts. Raises SettingsError."""
    templates = load_templates([settings.templates_dir] if settings.templates_dir else [])
    template = templates.get(template_name)
    if template is None:
        raise SettingsError(
            f"there is no template {template_name!r}",
            hint=f"there are: {', '.join(sorted(templates))}; docs/templates.md tells how to "
            "write your own",
        )
    params = check_params(template, _pairs(given))
    speech = settings.speech
    engine, model, languages = _recogniser(settings)
    writer_model = _writer(settings, template)
    _check_prices(settings, (model, writer_model))
    options = DocumentOptions(
        template_hash=template.content_hash,
        engine=engine,
        model=model,
        language=speech.language,
        max_frames=settings.frames.max_count,
        min_gap_s=settings.frames.min_gap_s,
        max_width=settings.frames.max_width,
        writer=None if writer_model is None else settings.provider,
        writer_model=writer_model,
        media=settings.api.media if settings.provider == "gemini" else "audio",
    )
    wish = Wish(template.name, template.content_hash, params, options.as_settings())
    return Checked(wish, template, languages, options)


def _recogniser(settings: Settings) -> tuple[str, str, frozenset[str]]:
    """The engine, its model and the languages that it knows. Raises SettingsError."""
    speech = settings.speech
    if settings.provider == "offline":
        made = make_transcriber(speech.engine, model_dir=speech.model_dir, language=speech.language)
        return speech.engine, made.model, made.languages
    provider, access = PROVIDERS[settings.provider], load_access()
    if not access.keys(provider.name) and access.base_url(provider.name) in (
        None,
        provider.base_url,
    ):
        raise SettingsError(
            f"the provider {provider.name} needs a key",
            hint=f"set {provider.key_variable}, in the environment or in .env",
        )
    return provider.name, settings.api.model or provider.speech_model, frozenset()


def _writer(settings: Settings, template: Template) -> str | None:
    """The model that writes, or None: where there is none, the template has nothing for it, or
    nobody said which one a server that is not the provider's own has."""
    named = settings.api.writer
    if settings.provider == "offline" or named == NO_WRITER or not template.prompt.strip():
        return None
    provider = PROVIDERS[settings.provider]
    if named is None and load_access().base_url(provider.name) not in (None, provider.base_url):
        return None
    return named or provider.writer_model


def _check_prices(settings: Settings, models: Sequence[str | None]) -> None:
    """Raises SettingsError for a model without a price under a spend cap."""
    if settings.provider == "offline" or settings.budget.money_day is None:
        return
    prices = load_prices(settings.api.prices)
    for model in models:
        if model is not None:
            check_price(prices, model)


def _pairs(given: Sequence[str]) -> Mapping[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise SettingsError(
                f"{text!r} is not a parameter of the form name=value", hint="--set key_points=5"
            )
        pairs[name.strip()] = value
    return pairs


def check_speech(checked: Checked, found: Sequence[Found]) -> tuple[Found, ...]:
    """The inputs, those marked as failed that the recogniser cannot serve.

    Where it does not speak the template's language, a video needs subtitles. Raises SettingsError
    if none has them: then the whole wish makes no sense.
    """
    sidecars = Sidecars()
    try:
        check_language(checked.template, checked.languages)
    except SettingsError as error:
        marked = tuple(_marked(each, checked.template, error, sidecars) for each in found)
        if not any(each.error is None for each in marked):
            raise
        return marked
    return tuple(found)


def _marked(found: Found, template: Template, error: SettingsError, sidecars: Sidecars) -> Found:
    language = template.speech_language or ""
    if found.error is not None or _has_subtitles(found, language, sidecars.of(found)):
        return found
    return replace(found, error=error.record())


def _has_subtitles(found: Found, language: str, sidecar: Path | None) -> bool:
    """True for a sidecar of that language, or of none in its name, or a stream of it inside."""
    if sidecar is not None:
        named = bcp47(sidecar_language(sidecar, found.path))
        return named is None or named.partition("-")[0] == language
    try:
        inside = text_languages(found.path, found.root)
    except VideobatchError:
        return False
    return any((bcp47(each) or "").partition("-")[0] == language for each in inside)
