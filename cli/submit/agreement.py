"""What a paid batch will take: seen before it starts, and agreed to."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import typer

from cli.shared import console
from cli.submit.wishes import Checked
from config.settings import Settings
from videobatch.errors import SettingsError, VideobatchError
from videobatch.media.container.probe import glance
from videobatch.pipeline.words.subtitling import find_subtitles, wanted_of
from videobatch.pipeline.writing.asking import LEAST_STRETCH_TOKENS
from videobatch.pipeline.writing.wanted import answer_tokens, wanted_parts
from videobatch.providers.gemini.video import PICTURE_TOKENS_PER_S
from videobatch.providers.openai.writer import PICTURE_TOKENS
from videobatch.providers.prices import load_prices
from videobatch.providers.roles import Role
from videobatch.records import Currency
from videobatch.submission.inputs import InputFile
from videobatch.submission.plan import Sidecars

SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR
# Fast speech with the times before its lines; what a question says beside the transcript.
READ_TOKENS_PER_S, FRAME_TOKENS = 6, 1200
# Answers seldom come to more than half of what they may be.
ANSWERED = 0.5
WORTH_TELLING_S = 300.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """The calls of a batch, if none of it is known yet: what is costs nothing again.

    `usd` is None where the price of a model is not known; `least_s` is how long the budget makes
    it last, at least.
    """

    videos: int
    calls: int
    audio_s: float
    usd: float | None
    least_s: float


@dataclass(frozen=True, slots=True)
class _Part:
    """What one model is asked that is paid for: calls, seconds of sound, tokens in and out,
    dollars."""

    calls: int = 0
    audio_s: float = 0.0
    tokens_in: float = 0.0
    tokens_out: float = 0.0
    usd: float | None = 0.0


def estimate(found: Iterable[InputFile], settings: Settings, checked: Checked) -> Estimate:
    """The estimate of the videos that are to be made; those that subtitles cover are not listened
    to, as the stage that transcribes decides it."""
    sidecars = Sidecars()
    known = [_lengths(each, sidecars, checked) for each in found]
    heard = _heard([speech_s for _, speech_s in known if speech_s > 0], settings, checked)
    written = _written([length_s for length_s, _ in known if length_s > 0], settings, checked)
    usd = None if heard.usd is None or written.usd is None else heard.usd + written.usd
    return Estimate(
        videos=len(known),
        calls=heard.calls + written.calls,
        audio_s=heard.audio_s,
        usd=usd,
        least_s=_least_s((heard, written), settings),
    )


def _lengths(found: InputFile, sidecars: Sidecars, checked: Checked) -> tuple[float, float]:
    """The seconds of the video, and of the sound that a recogniser has to hear."""
    if found.error is not None:
        return 0.0, 0.0
    try:
        probe = glance(found.path, found.root)
        if probe.audio is None:
            return probe.duration_s, 0.0
        language = checked.options.language
        wanted = wanted_of(
            checked.template.speech_language,
            language,
            probe,
            lambda: checked.languages,
            is_told=False,
        )
        near = sidecars.near(found)
        subtitles = find_subtitles(found.path, found.root, probe, wanted, near)
    except VideobatchError:
        # It will fail with its own reason, and call nobody.
        return 0.0, 0.0
    return probe.duration_s, 0.0 if subtitles.transcript else probe.duration_s


def _paid_for(role: Role | None, settings: Settings) -> Role | None:
    """The role, if anybody is paid for it: a model without a price in one's own network costs
    nothing but one's own machines."""
    if role is None or role.model is None:
        return None
    is_priced = load_prices(settings.api.prices).price(role.model) is not None
    return role if is_priced or not role.is_in_own_network else None


def _heard(lengths_s: list[float], settings: Settings, checked: Checked) -> _Part:
    options = checked.options
    hears = _paid_for(checked.hears, settings)
    if hears is None:
        return _Part()
    provider, model = hears.provider, options.model
    audio_s = sum(lengths_s)
    calls = sum(math.ceil(seconds / provider.segment_s(model)) for seconds in lengths_s)
    usd = _usd(
        settings,
        model,
        tokens_in=math.ceil(audio_s * PICTURE_TOKENS_PER_S) if options.media == "video" else 0,
        audio_tokens_in=math.ceil(audio_s * provider.audio_tokens_per_s),
        tokens_out=math.ceil(audio_s * provider.spoken_tokens_per_s),
        audio_s=audio_s,
    )
    return _Part(calls, audio_s, usd=usd)


def _written(lengths_s: list[float], settings: Settings, checked: Checked) -> _Part:
    model, template = checked.options.writer_model, checked.template
    if model is None or _paid_for(checked.writes, settings) is None:
        return _Part()
    calls, tokens_in, tokens_out = 0, 0.0, 0.0
    for length_s in lengths_s:
        parts = wanted_parts(template, checked.wish.params, length_s)
        if not parts:
            continue
        answer = answer_tokens(parts)
        read = length_s * READ_TOKENS_PER_S + template.pictures * PICTURE_TOKENS
        room = max(LEAST_STRETCH_TOKENS, settings.api.context_tokens - answer)
        stretches = math.ceil(read / room)
        # Longer ones are read twice: in stretches, and as the notes of them.
        notes = 0.25 * read if stretches > 1 else 0.0
        video_calls = stretches + 1 if stretches > 1 else 1
        calls += video_calls
        tokens_in += read + notes + video_calls * FRAME_TOKENS
        tokens_out += notes + ANSWERED * answer
    usd = _usd(settings, model, tokens_in=tokens_in, tokens_out=tokens_out)
    return _Part(calls, 0.0, tokens_in, tokens_out, usd)


def _usd(settings: Settings, model: str, **amounts: float) -> float | None:
    """What so much costs; nothing costs nothing, whatever its price."""
    if not any(amounts.values()):
        return 0.0
    price = load_prices(settings.api.prices).price(model)
    return None if price is None else price.cost_usd(**amounts)


def _least_s(parts: Iterable[_Part], settings: Settings) -> float:
    """How long the budget makes it last: rates and quotas hold for each model, money for all."""
    limits = settings.budget.model_dump(exclude_none=True, exclude={"bytes_stored"})
    budget = {Currency(name): limit for name, limit in limits.items()}
    least_s, usd = 0.0, 0.0
    for part in parts:
        usd += part.usd or 0.0
        needs: Mapping[Currency, float] = {
            Currency.REQUESTS_MIN: part.calls,
            Currency.REQUESTS_DAY: part.calls,
            Currency.TOKENS_IN_MIN: part.tokens_in,
            Currency.TOKENS_OUT_MIN: part.tokens_out,
            Currency.TOKENS_DAY: part.tokens_in + part.tokens_out,
            Currency.AUDIO_S_HOUR: part.audio_s,
            Currency.AUDIO_S_DAY: part.audio_s,
        }
        spans = [_span_s(currency, need, budget) for currency, need in needs.items()]
        least_s = max(least_s, *spans)
    return max(least_s, _span_s(Currency.MONEY_DAY, usd, budget))


def _span_s(currency: Currency, need: float, budget: Mapping[Currency, float]) -> float:
    limit = budget.get(currency)
    if limit is None or need <= limit:
        return 0.0
    return need / limit * currency.window_s if limit else math.inf


def agree(found: Iterable[InputFile], settings: Settings, checked: Checked, *, yes: bool) -> None:
    """Says what it will take, and asks. Raises SettingsError where nobody can be asked."""
    told = estimate(found, settings, checked)
    if told.calls == 0:
        return
    console.say(in_words(told, settings, checked), err=True)
    if yes:
        return
    if not sys.stdin.isatty():
        raise SettingsError(
            "nobody agreed to pay for this batch", hint="--yes agrees, where nobody can be asked"
        )
    if not typer.confirm("Go on?", err=True):
        raise typer.Exit(console.USAGE)


def accepts(found: Iterable[InputFile], settings: Settings, checked: Checked) -> bool:
    """Offers the provider to somebody who has its key, with what it would take."""
    told = estimate(found, settings, checked)
    if told.calls == 0 or checked.hears is None:
        return False
    key = checked.hears.key_variable
    console.say(f"{key} is set. {in_words(told, settings, checked)}", err=True)
    return typer.confirm("Use it? (No: speech is recognised here, for nothing)", err=True)


def in_words(told: Estimate, settings: Settings, checked: Checked) -> str:
    """One line for a person."""
    who = _who(settings, checked)
    cost = f"about ${told.usd:,.2f}" if told.usd is not None else "of unknown cost"
    sound = f"{_sound(told.audio_s)} of sound, " if _paid_for(checked.hears, settings) else ""
    line = (
        f"{who}: {_count(told.videos, 'video')}, {sound}about {_count(told.calls, 'call')}, {cost}"
    )
    if told.least_s < WORTH_TELLING_S:
        return line
    return f"{line}; at least {_span(told.least_s)} by the budget (VIDEOBATCH_BUDGET__*)"


def _who(settings: Settings, checked: Checked) -> str:
    """The models that are paid for, each with its provider where that is not the one before."""
    told: list[str] = []
    named: tuple[str, str | None] = ("", None)
    for role in (checked.hears, checked.writes):
        if _paid_for(role, settings) is None or role is None:
            continue
        before, named = named, (role.provider.name, role.model)
        if named != before:
            told.append(str(role.model) if named[0] == before[0] else " ".join(map(str, named)))
    return " and ".join(told)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _sound(seconds: float) -> str:
    if seconds < SECONDS_PER_HOUR:
        return f"{math.ceil(seconds / 60)} min"
    return f"{seconds / SECONDS_PER_HOUR:,.1f} h"


def _span(seconds: float) -> str:
    if math.isinf(seconds):
        return "for ever"
    if seconds < 2 * SECONDS_PER_HOUR:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * SECONDS_PER_DAY:
        return f"{seconds / SECONDS_PER_HOUR:.0f} h"
    return f"{math.ceil(seconds / SECONDS_PER_DAY)} days"
