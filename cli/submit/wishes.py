"""A person's wish as it is set: settings and options become plain values, which are checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.access import load_access
from config.documents import SlideSettings
from config.roles import Group, local_model, names
from config.settings import Settings
from videobatch.errors import SettingsError
from videobatch.pipeline.templates import Template, check_params
from videobatch.pipeline.text.jumps import LinkStyle
from videobatch.providers.roles import NOBODY, Role, make_role
from videobatch.records import Currency
from videobatch.slides.installed import is_installed
from videobatch.speech.engines import SpeechOptions
from videobatch.submission.tariff import Tariff
from videobatch.submission.wish import (
    CheckedWish,
    Choices,
    check_wish,
    find_template,
    has_writing,
)


def wish_of(
    settings: Settings,
    template_name: str,
    given: Sequence[str],
    provider: str | None = None,
    language: str | None = None,
    name_pattern: str | None = None,
) -> CheckedWish:
    """The wish, checked. `given` are `name=value` texts; a `provider` and a `name_pattern` come
    before those that are set, `language` is that of the documents. Raises SettingsError."""
    template = find_template(template_name, settings.templates_dir)
    params = check_params(template, _pairs(given))
    speech, frames = settings.speech, settings.frames
    choices = Choices(
        templates_dir=settings.templates_dir,
        engine=speech.engine,
        model=local_model(settings),
        speech=SpeechOptions(speech.models_dir, speech.model_dir, chinese=speech.chinese),
        language=speech.language,
        max_frames=frames.max_count,
        min_gap_s=frames.min_gap_s,
        max_width=frames.max_width,
        media=settings.api.media,
        slides=reads_slides(settings.slides),
        max_slides=settings.slides.max_count,
        slides_cpu_s=settings.slides.cpu_s,
        name_pattern=name_pattern or settings.name_pattern,
        links=LinkStyle(settings.links),
        page=settings.page,
        hears=_role(settings, "speech", provider),
        writes=_writer(settings, template, provider),
        document_language=language,
    )
    wish = check_wish(template, params, choices)
    tariff_of(settings).check(wish)
    return wish


def reads_slides(slides: SlideSettings) -> bool:
    """True where slides are to be read: where somebody says so, or this machine can do it."""
    return slides.read == "on" or (slides.read == "auto" and is_installed())


def tariff_of(settings: Settings) -> Tariff:
    """The prices and the budget that are set."""
    limits = settings.budget.model_dump(exclude_none=True, exclude={"bytes_stored"})
    return Tariff(
        own_prices=settings.api.prices,
        budget={Currency(name): limit for name, limit in limits.items()},
        context_tokens=settings.api.context_tokens,
        day_zone=settings.api.day_zone,
    )


def _role(settings: Settings, group: Group, provider: str | None = None) -> Role | None:
    """The role of who is asked to hear, or to write. Raises SettingsError."""
    return make_role(**names(settings, load_access(), group, provider).plain())


def _writer(settings: Settings, template: Template, provider: str | None) -> Role | None:
    """The role of who writes, asked for only where somebody may: a key's file that cannot be read
    stops nobody who needs no key."""
    if settings.writer.provider == NOBODY or not has_writing(template):
        return None
    return _role(settings, "writer", provider)


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
