"""Prices of calls, and what a call costs by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

MILLION = 1_000_000

Usd = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Priced(Protocol):
    """Something that tells what a call costs."""

    def cost_usd(
        self,
        *,
        tokens_in: float = 0,
        audio_tokens_in: float = 0,
        tokens_out: float = 0,
        audio_s: float = 0,
    ) -> float | None:
        """The cost of a call; None if the price of a part of it is not known."""


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


@dataclass(frozen=True, slots=True)
class Dearest:
    """The price of a model, and of those that may answer in its place: the dearest counts."""

    own: Price
    others: tuple[Price, ...] = ()

    def cost_usd(
        self,
        *,
        tokens_in: float = 0,
        audio_tokens_in: float = 0,
        tokens_out: float = 0,
        audio_s: float = 0,
    ) -> float | None:
        """The cost by the dearest of them; None if the model's own is not known."""
        costs = [
            price.cost_usd(
                tokens_in=tokens_in,
                audio_tokens_in=audio_tokens_in,
                tokens_out=tokens_out,
                audio_s=audio_s,
            )
            for price in (self.own, *self.others)
        ]
        if costs[0] is None:
            return None
        return max(cost for cost in costs if cost is not None)
