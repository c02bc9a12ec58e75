"""The cost of calls by the prices of their models."""

from __future__ import annotations

from typing import Any

import pytest

from videobatch.providers.paid_models import load_models
from videobatch.providers.prices import Dearest, Price


@pytest.mark.parametrize(
    ("model", "used", "usd"),
    [
        ("whisper-1", {"audio_s": 90, "tokens_in": 5}, 0.009),
        ("gpt-4o-mini", {"tokens_in": 1e6, "tokens_out": 1e6}, 0.75),
        ("gpt-4o-transcribe", {"audio_tokens_in": 2e6, "tokens_out": 1e5}, 6.0),
        ("gemini-2.5-flash", {"tokens_in": 1e6, "audio_tokens_in": 1e6}, 1.3),
        ("gemini-2.5-flash-lite", {"tokens_in": 1e6, "audio_tokens_in": 1}, None),
        ("gemini-2.5-pro", {"tokens_in": 200_000, "tokens_out": 1000}, 0.26),
        ("gemini-2.5-pro", {"tokens_in": 200_001, "tokens_out": 1000}, 0.5150025),
        ("gpt-6-luna", {"tokens_in": 272_000, "tokens_out": 1000}, 0.0277),
        ("gpt-6-luna", {"tokens_in": 272_001, "tokens_out": 1000}, 0.0551502),
        ("gpt-4o-mini", {}, 0.0),
    ],
)
def test_what_calls_cost(model: str, used: dict[str, Any], usd: float | None) -> None:
    price = load_models().price(model)
    assert price is not None
    found = price.cost_usd(**used)
    assert found is None if usd is None else found == pytest.approx(usd)


CHEAP = Price(usd_per_m_tokens_in=1.0, usd_per_m_tokens_out=2.0)
DEAR_OUT = Price(usd_per_m_tokens_in=0.5, usd_per_m_tokens_out=9.0)
UNKNOWN_OUT = Price(usd_per_m_tokens_in=7.0)


@pytest.mark.parametrize(
    ("prices", "tokens_in", "tokens_out", "usd"),
    [
        ((CHEAP,), 1e6, 1e6, 3.0),
        ((CHEAP, DEAR_OUT), 1e6, 1e6, 9.5),
        ((CHEAP, DEAR_OUT), 1e6, 0, 1.0),
        # A price that is not known makes nothing dearer; the model's own must be known.
        ((CHEAP, UNKNOWN_OUT), 1e6, 1e6, 3.0),
        ((UNKNOWN_OUT, CHEAP), 1e6, 1e6, None),
    ],
)
def test_the_dearest_counts(
    prices: tuple[Price, ...], tokens_in: float, tokens_out: float, usd: float | None
) -> None:
    found = Dearest(prices[0], prices[1:]).cost_usd(tokens_in=tokens_in, tokens_out=tokens_out)
    assert found is None if usd is None else found == pytest.approx(usd)
