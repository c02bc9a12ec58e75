"""The models that are taken unless others are named: chosen by a rule, from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from videobatch.errors import SettingsError
from videobatch.providers.catalog import Provider
from videobatch.providers.paid_models import PaidModel, PaidModels

Does = Literal["hears", "writes"]

# A default that ends sooner would soon be none.
LASTS_DAYS = 60
# An hour of lecture: its sound, as `submit` reckons it; and what a writer reads of it (six tokens
# of transcript a second, the question around it) and answers, thoughts left out.
HOUR_S = 3600
READ_TOKENS, WRITTEN_TOKENS = 25_000, 4_000


@dataclass(frozen=True, slots=True)
class Choice:
    """A model for a default, and the reason."""

    model: str
    why: str


def hour_usd(models: PaidModels, provider: Provider, model: str, does: Does) -> float | None:
    """The price of an hour of lecture, heard or written about; None where it is not known."""
    price = models.price(model)
    if price is None:
        return None
    if does == "writes":
        return price.cost_usd(tokens_in=READ_TOKENS, tokens_out=WRITTEN_TOKENS)
    return price.cost_usd(
        audio_tokens_in=HOUR_S * provider.audio_tokens_per_s,
        tokens_out=HOUR_S * provider.spoken_tokens_per_s,
        audio_s=HOUR_S,
    )


def check_price(models: PaidModels, provider: Provider, model: str, does: Does) -> None:
    """Raises SettingsError for a model of which it is not known what it costs to do that: no cap
    could hold its cost."""
    if hour_usd(models, provider, model, does) is None or _lacks_words(
        models, provider, model, does
    ):
        lacks = "is not known" if models.price(model) is None else f"is not known where it {does}"
        raise SettingsError(
            f"the price of {model} {lacks}, so that no spend cap can hold",
            hint="write it into a file of prices and name that in VIDEOBATCH_API__PRICES, or unset "
            "VIDEOBATCH_BUDGET__MONEY_DAY",
            code="unknown_price",
        )


def _lacks_words(models: PaidModels, provider: Provider, model: str, does: Does) -> bool:
    """True where text goes beside the sound, and its price is not known: such a call has none."""
    price = models.price(model)
    if does == "writes" or price is None:
        return False
    return price.cost_usd(tokens_in=provider.question_tokens) is None


def choose_default(
    models: PaidModels, provider: Provider, does: Does, current: str, today: date
) -> Choice:
    """The model to take unless another is named.

    One will do that does the work (who hears tells times), has a known price, and is not off within
    60 days, nor kept for the time being alone. The `current` one stays while it will do; then comes
    the successor that its vendor names, and that one's, where it will do; else the cheapest for an
    hour of lecture that will. Where none does, the current one stays.
    """
    found = dict(_that_will_do(models, provider, does, today))
    if current in found:
        return Choice(current, f"served for {LASTS_DAYS} days more")
    seen = {current}
    successor = models.asked(current).successor
    while successor and successor not in seen:
        if successor in found:
            return Choice(successor, f"the vendor's successor of {current}")
        seen.add(successor)
        successor = models.asked(successor).successor
    if found:
        return Choice(min(found, key=lambda name: (found[name], name)), "the cheapest")
    return Choice(current, "no other is known to do")


def _that_will_do(
    models: PaidModels, provider: Provider, does: Does, today: date
) -> Iterator[tuple[str, float]]:
    """Each with its price for an hour of lecture."""
    for name, model in models:
        usd = hour_usd(models, provider, name, does)
        if model.provider == provider.name and usd is not None and _serves(model, does, today):
            yield name, usd


def _serves(model: PaidModel, does: Does, today: date) -> bool:
    is_able = model.hears in ("words", "sentences") if does == "hears" else model.writes
    has_begun = model.valid_from is None or model.valid_from <= today
    ends = model.valid_until
    lasts = ends is None or ends > today + timedelta(days=LASTS_DAYS)
    return is_able and has_begun and lasts and not model.kept_for_now
