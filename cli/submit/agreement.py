"""The agreement of a person to what a batch will take: shown before it starts, and asked for."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from datetime import date

import typer

from cli.shared import console
from videobatch.errors import SettingsError
from videobatch.providers.defaults import Does, hour_usd
from videobatch.providers.lifetimes import Ending
from videobatch.providers.paid_models import PaidModels
from videobatch.providers.roles import Role
from videobatch.submission.estimate import Estimate
from videobatch.submission.tariff import Tariff
from videobatch.submission.wish import CheckedWish

SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR
WORTH_TELLING_S = 300.0


def ask_to_agree(told: Estimate, wish: CheckedWish, tariff: Tariff, *, yes: bool) -> None:
    """Says what it will take, and asks. Raises SettingsError where nobody can be asked."""
    if told.calls == 0:
        return
    console.say(in_words(told, wish, tariff), err=True)
    if yes:
        return
    if not sys.stdin.isatty():
        raise SettingsError(
            "nobody agreed to pay for this batch", hint="--yes agrees, where nobody can be asked"
        )
    if not typer.confirm("Go on?", err=True):
        raise typer.Exit(console.USAGE)


def tell_of_ends(told: Estimate, wish: CheckedWish, tariff: Tariff, today: date) -> None:
    """Warns of models that are switched off soon, or before the batch would be done."""
    if told.calls == 0:
        return
    for found, variables in tariff.endings(wish, today, told.least_s):
        console.say(f"warning: {about_end(found, wish, tariff, variables)}", err=True)


def about_end(found: Ending, wish: CheckedWish, tariff: Tariff, variables: Sequence[str]) -> str:
    """One line about the end of a model: what to do, and what its place costs then."""
    line = found.in_words
    then = found.answered_by or found.successor
    if then:
        line = "; ".join((line, *_prices(found.model, then, wish, tariff.models)))
    if found.successor:
        line += f" (set {' and '.join(f'{each}={found.successor}' for each in variables)})"
    return line


def _prices(now: str, then: str, wish: CheckedWish, models: PaidModels) -> Iterator[str]:
    """The price of an hour of lecture, by the model and by the one in its place."""
    asked: tuple[tuple[Does, str, Role | None], ...] = (
        ("hears", "to hear", wish.hears),
        ("writes", "to write about", wish.writes),
    )
    for does, words, role in asked:
        if role is None or role.model != now:
            continue
        usd = [hour_usd(models, role.provider, each, does) for each in (now, then)]
        if None not in usd:
            yield f"an hour of lecture costs ${usd[0]:,.3f} {words} now, ${usd[1]:,.3f} then"


def accepts(told: Estimate, wish: CheckedWish, tariff: Tariff) -> bool:
    """Offers the provider to somebody who has its key, with what it would take."""
    if told.calls == 0 or wish.hears is None:
        return False
    key = wish.hears.key_variable
    console.say(f"{key} is set. {in_words(told, wish, tariff)}", err=True)
    return typer.confirm("Use it? (No: speech is recognised here, for nothing)", err=True)


def in_words(told: Estimate, wish: CheckedWish, tariff: Tariff) -> str:
    """One line for a person."""
    cost = f"about ${told.usd:,.2f}" if told.usd is not None else "of unknown cost"
    sound = f"{_sound(told.audio_s)} of sound, " if tariff.is_charged(wish.hears) else ""
    again = f" and up to {told.again:,} that ask again" if told.again else ""
    line = (
        f"{_models(wish, tariff)}: {_count(told.videos, 'video')}, {sound}about "
        f"{_count(told.calls, 'call')}{again}, {cost}"
    )
    if told.least_s < WORTH_TELLING_S:
        return line
    return f"{line}; at least {_span(told.least_s)} by the budget (VIDEOBATCH_BUDGET__*)"


def _models(wish: CheckedWish, tariff: Tariff) -> str:
    """The models that are paid for, each with its provider where that is not the one before."""
    told: list[str] = []
    named: tuple[str, str | None] = ("", None)
    for role in (wish.hears, wish.writes):
        if role is None or not tariff.is_charged(role):
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
