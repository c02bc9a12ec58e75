"""What a person wants made: template, parameters and settings, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from config.access import load_access
from config.roles import Group, names
from config.settings import Settings
from videobatch.errors import SettingsError, VideobatchError
from videobatch.media.container.probe import glance
from videobatch.pipeline.options import DocumentOptions
from videobatch.pipeline.templates import Template, check_language, check_params, load_templates
from videobatch.pipeline.words.subtitling import Found as Subtitles
from videobatch.pipeline.words.subtitling import find_subtitles, may_be_in, wanted_of
from videobatch.providers import make_transcriber
from videobatch.providers.prices import check_price, load_prices
from videobatch.providers.roles import NOBODY, Role, make_role
from videobatch.submission.inputs import InputFile
from videobatch.submission.plan import Sidecars
from videobatch.submission.wish import Wish


@dataclass(frozen=True, slots=True)
class Checked:
    """A wish that can be fulfilled, with its template, the languages that the recogniser knows
    (none: any), what shapes its documents, and who is asked to hear and to write (None: nobody)."""

    wish: Wish
    template: Template
    languages: frozenset[str]
    options: DocumentOptions
    hears: Role | None = None
    writes: Role | None = None

    @property
    def provider(self) -> str:
        """Whose the batch is, in a word."""
        asked = [role.provider.name for role in (self.hears, self.writes) if role is not None]
        return asked[0] if asked else "offline"


def check_wish(
    settings: Settings, template_name: str, given: Sequence[str], provider: str | None = None
) -> Checked:
    """The wish, checked. `given` are `name=value` texts; a `provider` comes before those that are
    set. Raises SettingsError."""
    templates = load_templates([settings.templates_dir] if settings.templates_dir else [])
    template = templates.get(template_name)
    if template is None:
        raise SettingsError(
            f"there is no template {template_name!r}",
            hint=f"there are: {', '.join(sorted(templates))}; docs/reference/templates.md "
            "tells how to write your own",
        )
    params = check_params(template, _pairs(given))
    speech = settings.speech
    hears, writes = role_of(settings, "speech", provider), _writer(settings, template, provider)
    engine, model, languages = _recogniser(settings, hears)
    for role in (hears, writes):
        if role is not None:
            role.check_key()
    writer_model = None if writes is None else writes.model
    _check_prices(settings, (model if hears else None, writer_model))
    options = DocumentOptions(
        template_hash=template.content_hash,
        engine=engine,
        model=model,
        language=speech.language,
        max_frames=settings.frames.max_count,
        min_gap_s=settings.frames.min_gap_s,
        max_width=settings.frames.max_width,
        writer=None if writes is None else writes.provider.name,
        writer_model=writer_model,
        media=settings.api.media if engine == "gemini" else "audio",
    )
    wish = Wish(template.name, template.content_hash, params, options.as_settings())
    return Checked(wish, template, languages, options, hears, writes)


def role_of(settings: Settings, group: Group, provider: str | None = None) -> Role | None:
    """Who is asked to hear, or to write. Raises SettingsError."""
    return make_role(**names(settings, load_access(), group, provider).plain())


def _recogniser(settings: Settings, hears: Role | None) -> tuple[str, str, frozenset[str]]:
    """The engine, its model and the languages that it knows. Raises SettingsError."""
    if hears is not None:
        return hears.provider.name, hears.model or hears.provider.speech_model, frozenset()
    speech = settings.speech
    made = make_transcriber(speech.engine, model_dir=speech.model_dir, language=speech.language)
    return speech.engine, made.model, made.languages


def _writer(settings: Settings, template: Template, provider: str | None) -> Role | None:
    """Who writes, or None: where nobody shall, the template has nothing to be written, or nobody
    said which model a server has that is not the provider's own."""
    if settings.writer.provider == NOBODY or not template.prompt.strip():
        return None
    found = role_of(settings, "writer", provider)
    return None if found is None or found.model is None else found


def _check_prices(settings: Settings, models: Sequence[str | None]) -> None:
    """Raises SettingsError for a model without a price under a spend cap."""
    if settings.budget.money_day is None:
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


def check_speech(checked: Checked, found: Sequence[InputFile]) -> tuple[InputFile, ...]:
    """The inputs, those marked as failed that the recogniser cannot serve.

    Where it does not speak the template's language, a video needs subtitles. Raises SettingsError
    if none has them: then the whole wish makes no sense.
    """
    sidecars = Sidecars()
    try:
        check_language(checked.template, checked.languages)
    except SettingsError as error:
        marked = tuple(_marked(each, checked, error, sidecars) for each in found)
        if not any(each.error is None for each in marked):
            _refuse(error, marked)
        return marked
    return tuple(found)


def _refuse(error: SettingsError, marked: Sequence[InputFile]) -> NoReturn:
    """Says why all of them fail, with the reason of the first whose subtitles do not serve."""
    own = [
        each.error for each in marked if each.error is not None and each.error.code == error.code
    ]
    told = max((each.message for each in own), key=len, default=error.message)
    raise SettingsError(told, hint=error.hint, code=error.code) from error


def _marked(
    found: InputFile, checked: Checked, error: SettingsError, sidecars: Sidecars
) -> InputFile:
    """The input, failed where it has no subtitles in the template's language; says why those that
    are there do not serve."""
    if found.error is not None:
        return found
    subtitles = _subtitles(found, checked, sidecars)
    if subtitles is None or _is_served(subtitles, checked.template.speech_language or ""):
        return found
    reasons = [remark.message for remark in subtitles.remarks]
    record = error.record()
    return replace(found, error=replace(record, message="; ".join([record.message, *reasons])))


def _subtitles(found: InputFile, checked: Checked, sidecars: Sidecars) -> Subtitles | None:
    """The video's subtitles; None where it cannot be opened: it will fail with its own reason."""
    try:
        probe = glance(found.path, found.root)
        wanted = wanted_of(
            checked.template.speech_language,
            checked.options.language,
            probe,
            lambda: checked.languages,
            is_told=False,
        )
        return find_subtitles(found.path, found.root, probe, wanted, sidecars.near(found))
    except VideobatchError:
        return None


def _is_served(subtitles: Subtitles, language: str) -> bool:
    """True for subtitles of that language, or of none that is told and that might be it."""
    transcript = subtitles.transcript
    if transcript is None:
        return False
    return may_be_in(transcript, language)
