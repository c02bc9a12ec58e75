"""Prices of calls: the built-in ones, and those of the user's own file, which win."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from videobatch.errors import SettingsError

MILLION = 1_000_000
# Names such as `gpt-4o-mini-2024-07-18` are the model of a day.
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")

Usd = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Price(BaseModel):
    """The price of a model in US dollars; None is not known, 0 is free.

    Beyond `long_prompt_tokens` of input, all tokens cost the `long_` prices. `source` and
    `checked` say where and when the price was looked up.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = ""
    checked: date | None = None
    usd_per_audio_min: Usd | None = None
    usd_per_m_tokens_in: Usd | None = None
    usd_per_m_audio_tokens_in: Usd | None = None
    usd_per_m_tokens_out: Usd | None = None
    long_prompt_tokens: Annotated[int, Field(gt=0)] | None = None
    long_usd_per_m_tokens_in: Usd | None = None
    long_usd_per_m_tokens_out: Usd | None = None

    def cost_usd(
        self,
        *,
        tokens_in: float = 0,
        audio_tokens_in: float = 0,
        tokens_out: float = 0,
        audio_s: float = 0,
    ) -> float | None:
        """The cost of a call; None if the price of a part of it is not known.

        `tokens_in` is without the audio tokens. `audio_s` counts only where the model is paid by
        the minute, and tokens count only where it is not.
        """
        if self.usd_per_audio_min is not None:
            return self.usd_per_audio_min * audio_s / 60
        prices = (self.usd_per_m_tokens_in, self.usd_per_m_audio_tokens_in)
        per_m_out = self.usd_per_m_tokens_out
        if self.long_prompt_tokens and tokens_in + audio_tokens_in > self.long_prompt_tokens:
            prices = (self.long_usd_per_m_tokens_in, self.long_usd_per_m_tokens_in)
            per_m_out = self.long_usd_per_m_tokens_out
        parts = zip((*prices, per_m_out), (tokens_in, audio_tokens_in, tokens_out), strict=True)
        total = 0.0
        for per_m, tokens in parts:
            if tokens and per_m is None:
                return None
            total += (per_m or 0.0) * tokens / MILLION
        return total


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    models: dict[str, Price] = {}


class PriceTable:
    """Prices by the model's name."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self._prices = dict(prices)

    def price(self, model: str) -> Price | None:
        """The model's price, or that of the model without the day in its name; None if neither
        is known."""
        name = model.removeprefix("models/")
        return self._prices.get(name) or self._prices.get(_DATED.sub("", name))


def load_prices(own: Path | None = None) -> PriceTable:
    """The built-in prices, with each model of the user's file `own` put in its place. Raises
    SettingsError if that file cannot be read or holds what is no price."""
    prices = dict(_built_in())
    if own is not None:
        try:
            prices |= _parsed(own.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"the prices in {own} cannot be read: {error}",
                hint="name a readable file, or none for the built-in prices",
            ) from error
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            raise SettingsError(
                f"the prices in {own} are not right: {_first_problem(error)}",
                hint="write them like videobatch/providers/prices.toml",
            ) from error
    return PriceTable(prices)


def check_price(prices: PriceTable, model: str) -> None:
    """Raises SettingsError for a model whose price is not known: no cap could hold its cost."""
    if prices.price(model) is None:
        raise SettingsError(
            f"the price of {model} is not known, so that no spend cap can hold",
            hint="write it into a file of prices and name that in VIDEOBATCH_API__PRICES, or unset "
            "VIDEOBATCH_BUDGET__MONEY_DAY",
            code="unknown_price",
        )


@cache
def _built_in() -> Mapping[str, Price]:
    return _parsed((files(__package__) / "prices.toml").read_text(encoding="utf-8"))


def _parsed(text: str) -> dict[str, Price]:
    data: dict[str, Any] = tomllib.loads(text)
    return _File.model_validate(data).models


def _first_problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
