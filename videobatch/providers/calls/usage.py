"""The amounts that a call really used, from the `usage` in its answer; what is not said stays as
estimated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from videobatch.providers.prices import Price, Priced
from videobatch.records import Amounts, Currency

# No single call uses more than this of anything.
MOST = 1e9


def chat_usage(body: Any, need: Amounts, price: Priced | None) -> Amounts:
    """The usage of a chat's answer: `prompt_tokens` and `completion_tokens`."""
    usage = _mapping(body, "usage")
    tokens_in = _count(usage.get("prompt_tokens"))
    tokens_out = _count(usage.get("completion_tokens"))
    if tokens_in is None or tokens_out is None:
        return need
    used = {
        Currency.TOKENS_IN_MIN: tokens_in + tokens_out,
        Currency.TOKENS_OUT_MIN: tokens_out,
        Currency.TOKENS_DAY: tokens_in + tokens_out,
    }
    cost = price.cost_usd(tokens_in=tokens_in, tokens_out=tokens_out) if price else None
    return _settled(need, used, cost)


def sound_usage(body: Any, need: Amounts, price: Price | None) -> Amounts:
    """The usage of a transcription: `seconds` of a model that is paid by the minute, or tokens."""
    usage = _mapping(body, "usage")
    seconds = _count(usage.get("seconds"))
    if seconds is not None:
        used = {Currency.AUDIO_S_HOUR: seconds, Currency.AUDIO_S_DAY: seconds}
        by_minute = price is not None and price.usd_per_audio_min is not None
        cost = price.cost_usd(audio_s=seconds) if price and by_minute else None
        return _settled(need, used, cost)
    tokens_in, tokens_out = _count(usage.get("input_tokens")), _count(usage.get("output_tokens"))
    if tokens_in is None or tokens_out is None:
        return need
    audio = _count(_mapping(usage, "input_token_details").get("audio_tokens"))
    audio = tokens_in if audio is None else min(audio, tokens_in)
    cost = None
    if price and price.usd_per_audio_min is None:
        cost = price.cost_usd(
            tokens_in=tokens_in - audio, audio_tokens_in=audio, tokens_out=tokens_out
        )
    return _settled(need, {}, cost)


def gemini_usage(body: Any, need: Amounts, price: Priced | None) -> Amounts:
    """The usage of Gemini's answer: `usageMetadata`, with the tokens of sound told apart, and what
    the model thought before it answered."""
    usage = _mapping(body, "usageMetadata")
    tokens_in = _count(usage.get("promptTokenCount"))
    tokens_out = _count(usage.get("candidatesTokenCount", 0))
    if tokens_in is None or tokens_out is None:
        return need
    tokens_out += _count(usage.get("thoughtsTokenCount")) or 0.0
    audio = min(tokens_in, _of_sound(usage.get("promptTokensDetails")))
    used = {
        Currency.TOKENS_IN_MIN: tokens_in,
        Currency.TOKENS_OUT_MIN: tokens_out,
        Currency.TOKENS_DAY: tokens_in + tokens_out,
    }
    cost = price and price.cost_usd(
        tokens_in=tokens_in - audio, audio_tokens_in=audio, tokens_out=tokens_out
    )
    return _settled(need, used, cost if isinstance(cost, float) else None)


def answering(body: Any) -> str:
    """The name of the model that answered, as the answer has it; "" where it has none."""
    if not isinstance(body, Mapping):
        return ""
    named = (body.get(field) for field in ("model", "modelVersion"))
    return next((each for each in named if isinstance(each, str)), "")


def _of_sound(details: Any) -> float:
    total = 0.0
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, Mapping) and detail.get("modality") == "AUDIO":
            total += _count(detail.get("tokenCount")) or 0.0
    return total


def with_money(need: Amounts, cost_usd: float | None) -> Amounts:
    """The need of a call, with its cost where that is known."""
    return need if cost_usd is None else {**need, Currency.MONEY_DAY: cost_usd}


def _settled(need: Amounts, used: Amounts, cost_usd: float | None) -> Amounts:
    """The reserved amounts, each replaced where it is known now."""
    known = dict(used) if cost_usd is None else {**used, Currency.MONEY_DAY: cost_usd}
    return {currency: known.get(currency, amount) for currency, amount in need.items()}


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    member = value.get(name) if isinstance(value, Mapping) else None
    return member if isinstance(member, Mapping) else {}


def _count(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= MOST:
        return None
    return float(value)
