"""What a person wants made: template, parameters and settings, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cli.inputs import Found
from cli.planning import Sidecars, Wish
from config.settings import ProviderAccess, Settings, load_access
from videobatch.errors import SettingsError, VideobatchError
from videobatch.media.probe import text_languages
from videobatch.media.subtitles import sidecar_language
from videobatch.pipeline.languages import bcp47
from videobatch.pipeline.options import DocumentOptions
from videobatch.pipeline.templates import Template, check_language, check_params, load_templates
from videobatch.providers import make_transcriber
from videobatch.providers.prices import check_price, load_prices

OPENAI_URL = ProviderAccess.model_fields["openai_base_url"].default


@dataclass(frozen=True, slots=True)
class Checked:
    """A wish that can be fulfilled, with its template and the languages that the recogniser
    knows (none: any)."""

    wish: Wish
    template: Template
    languages: frozenset[str]


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
    options = DocumentOptions(
        template_hash=template.content_hash,
        engine=engine,
        model=model,
        language=speech.language,
        max_frames=settings.frames.max_count,
        min_gap_s=settings.frames.min_gap_s,
        max_width=settings.frames.max_width,
    )
    wish = Wish(template.name, template.content_hash, params, options.as_settings())
    return Checked(wish, template, languages)


def _recogniser(settings: Settings) -> tuple[str, str, frozenset[str]]:
    """The engine, its model and the languages that it knows. Raises SettingsError."""
    speech = settings.speech
    if settings.provider == "offline":
        made = make_transcriber(speech.engine, model_dir=speech.model_dir, language=speech.language)
        return speech.engine, made.model, made.languages
    if settings.provider == "gemini":
        raise SettingsError(
            "the provider gemini is not part of this version",
            hint="set VIDEOBATCH_PROVIDER to openai (or any server that speaks its language, by "
            "OPENAI_BASE_URL), or leave it unset",
        )
    access = load_access()
    if not access.openai_keys() and access.openai_base_url == OPENAI_URL:
        raise SettingsError(
            "the provider openai needs a key",
            hint="set OPENAI_API_KEY, in the environment or in .env",
        )
    if settings.budget.money_day is not None:
        check_price(load_prices(settings.api.prices), settings.api.model)
    return settings.provider, settings.api.model, frozenset()


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
