"""A submit as it was typed, or handed over by make, and what becomes of it: a submission, agreed to
where somebody is paid."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cli.shared import outside
from cli.submit.wishes import tariff_of, wish_of
from config.access import load_access
from config.settings import Settings
from videobatch.errors import SettingsError
from videobatch.paths import Places
from videobatch.providers.catalog import PROVIDERS
from videobatch.submission.plan import Chunk
from videobatch.submission.preparation import Submission, prepare
from videobatch.submission.tariff import Tariff

DIR, OUT, TEMPLATE = (f"VIDEOBATCH_SUBMIT_{name}" for name in ("DIR", "OUT", "TEMPLATE"))


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of the command, in its order, as they were given."""

    paths: Sequence[Path] | None = None
    list_file: Path | None = None
    out: Path | None = None
    template: str | None = None
    params: Sequence[str] | None = None
    force: bool = False
    no_cache: bool = False
    detach: bool = False
    provider: str | None = None
    yes: bool = False
    as_json: bool = False
    language: str | None = None
    name_pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """A submission that may be handed over, with its videos: planned already where they had a
    price, else as they are asked for."""

    submission: Submission
    chunks: Iterable[Chunk]


def agreed(asked: Asked, settings: Settings, today: date | None = None) -> Agreed:
    """The submission, checked before anything is started, and agreed to where somebody is paid.
    Models that are off by `today` are refused (None: no day is looked at). Raises SettingsError."""
    may_ask = not (asked.yes or asked.as_json or asked.provider)
    found = _offered(asked, settings, today) if may_ask else None
    if found is not None:
        return found
    submission = understand(asked, settings, asked.provider)
    if not submission.wish.may_cost:
        return Agreed(submission, submission.plan())
    from cli.submit.agreement import ask_to_agree, tell_of_ends
    from videobatch.submission.estimate import price

    tariff = tariff_of(settings)
    if today is not None:
        _check_ends(tariff, submission, today, asked.provider)
    chunks = tuple(submission.plan())
    told = price(submission, chunks, tariff)
    if today is not None:
        tell_of_ends(told, submission.wish, tariff, today)
    ask_to_agree(told, submission.wish, tariff, yes=asked.yes)
    return Agreed(submission, chunks)


def _check_ends(tariff: Tariff, submission: Submission, today: date, provider: str | None) -> None:
    """Raises SettingsError for a model that is off. Beside an option that names the provider, a
    model that is set counts only where the same provider is set, too."""
    try:
        tariff.check_ends(submission.wish, today)
    except SettingsError as error:
        if provider is None:
            raise
        hint = f"{error.hint}, and VIDEOBATCH_PROVIDER={provider}"
        raise SettingsError(error.message, hint=hint, code=error.code) from error


def _offered(asked: Asked, settings: Settings, today: date | None) -> Agreed | None:
    """The submission to a provider whose key is set, if a person agrees: a key alone spends
    nothing, but on a terminal its provider is offered, with what it would take, unless somebody
    has chosen already, or its models are off. Raises SettingsError."""
    has_chosen = (
        "provider" in settings.model_fields_set
        or settings.speech.provider is not None
        or settings.writer.provider is not None
    )
    if has_chosen or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    access = load_access()
    named = next((name for name in PROVIDERS if access.keys(f"{name}_api")), None)
    if named is None:
        return None
    from cli.submit.agreement import accepts, tell_of_ends
    from videobatch.submission.estimate import price

    submission, tariff = understand(asked, settings, named), tariff_of(settings)
    if today and any(each.is_over for each, _ in tariff.endings(submission.wish, today)):
        return None
    chunks = tuple(submission.plan())
    told = price(submission, chunks, tariff)
    if today is not None:
        tell_of_ends(told, submission.wish, tariff, today)
    return Agreed(submission, chunks) if accepts(told, submission.wish, tariff) else None


def understand(asked: Asked, settings: Settings, provider: str | None = None) -> Submission:
    """The submission, with all checked that can be before something is started. Raises
    SettingsError."""
    template = asked.template or os.environ.get(TEMPLATE) or settings.template
    wish = wish_of(
        settings, template, asked.params or (), provider, asked.language, asked.name_pattern
    )
    paths = list(asked.paths or ())
    if not paths and asked.list_file is None and (folder := _given(DIR)):
        paths = [folder]
    return prepare(
        paths,
        asked.out or _given(OUT) or settings.out.expanduser(),
        wish,
        list_file=asked.list_file,
        exclude=[settings.home],
        force=asked.force,
        no_cache=asked.no_cache,
        places=Places(settings.paths.here),
    )


def _given(variable: str) -> Path | None:
    """A path that make handed over; `~` is meant as the shell would have read it."""
    text = os.environ.get(variable)
    if not text:
        return None
    if os.environ.get(outside.FROM):
        return outside.inside(Path(text))
    return Path(text).expanduser() if text.startswith("~") else Path(text)
