"""What a paid batch will cost: seen before it starts, and agreed to."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import typer

from cli import console
from cli.inputs import Found
from cli.planning import Sidecars
from config.settings import Settings
from videobatch.errors import SettingsError, VideobatchError
from videobatch.media.probe import speech_s
from videobatch.providers.openai import AUDIO_TOKENS_PER_S, MAX_SEGMENT_S, SPOKEN_TOKENS_PER_S
from videobatch.providers.prices import load_prices

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """The calls of a batch, at most: what is known by now costs nothing again.

    `usd` is None where the price of the model is not known; `days` is how long the daily budget
    makes it last.
    """

    videos: int
    calls: int
    audio_s: float
    usd: float | None
    days: int


def estimate(found: Iterable[Found], settings: Settings) -> Estimate:
    """The estimate of the videos that are to be made; those with subtitles need no call."""
    sidecars = Sidecars()
    lengths = [_speech_s(each, sidecars) for each in found]
    heard = [seconds for seconds in lengths if seconds > 0]
    audio_s = sum(heard)
    price = load_prices(settings.api.prices).price(settings.api.model)
    usd = None
    if price is not None:
        usd = price.cost_usd(
            audio_tokens_in=math.ceil(audio_s * AUDIO_TOKENS_PER_S),
            tokens_out=math.ceil(audio_s * SPOKEN_TOKENS_PER_S),
            audio_s=audio_s,
        )
    calls = sum(math.ceil(seconds / MAX_SEGMENT_S) for seconds in heard)
    budget = settings.budget
    shares = [
        need / limit
        for need, limit in (
            (usd or 0.0, budget.money_day),
            (audio_s, budget.audio_s_day),
            (float(calls), budget.requests_day),
        )
        if limit
    ]
    return Estimate(len(lengths), calls, audio_s, usd, math.ceil(max([1.0, *shares])))


def _speech_s(found: Found, sidecars: Sidecars) -> float:
    if found.error is not None or sidecars.of(found) is not None:
        return 0.0
    try:
        return speech_s(found.path, found.root)
    except VideobatchError:
        # It will fail with its own reason, and call nobody.
        return 0.0


def agree(found: Iterable[Found], settings: Settings, *, yes: bool) -> None:
    """Says what it will cost, and asks. Raises SettingsError where nobody can be asked."""
    told = estimate(found, settings)
    if told.calls == 0:
        return
    console.say(in_words(told, settings), err=True)
    if yes:
        return
    if not sys.stdin.isatty():
        raise SettingsError(
            "nobody agreed to pay for this batch", hint="--yes agrees, where nobody can be asked"
        )
    if not typer.confirm("Go on?", err=True):
        raise typer.Exit(console.USAGE)


def in_words(told: Estimate, settings: Settings) -> str:
    """One line for a person."""
    hours = told.audio_s / SECONDS_PER_HOUR
    cost = f"about ${told.usd:,.2f}" if told.usd is not None else "of unknown cost"
    line = (
        f"{settings.provider} {settings.api.model}: {told.videos} videos, {hours:,.1f} h of sound, "
        f"at least {told.calls:,} calls, {cost}"
    )
    return f"{line}, over {told.days} days (VIDEOBATCH_BUDGET__*)" if told.days > 1 else line
