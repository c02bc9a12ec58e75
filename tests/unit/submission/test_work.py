"""The calls of a batch, and what they come to: each has a price of its own."""

from __future__ import annotations

import pytest

from videobatch.providers.paid_models import PaidModel, PaidModels
from videobatch.records import Currency
from videobatch.submission.work import Calls, Work, by_scope

LONG = PaidModel(
    usd_per_m_tokens_in=1.0,
    usd_per_m_audio_tokens_in=1.0,
    usd_per_m_tokens_out=1.0,
    long_prompt_tokens=100_000,
    long_usd_per_m_tokens_in=50.0,
    long_usd_per_m_tokens_out=50.0,
)
MODELS = PaidModels(
    {
        "long": LONG,
        "ending": LONG.model_copy(update={"answered_by": "dear"}),
        "dear": PaidModel(usd_per_m_tokens_in=3.0, usd_per_m_tokens_out=3.0),
    }
)
ONE = Calls(20, tokens_in=30_000, tokens_out=1_000)


def work(model: str, *calls: Calls, scope: str = "s") -> Work:
    return Work(scope, model, "UTC", calls)


@pytest.mark.parametrize(
    ("model", "calls", "usd"),
    [
        # Twenty short questions are no long one.
        ("long", ONE, 20 * 31_000 / 1e6),
        ("long", Calls(1, tokens_in=200_000), 10.0),
        # Whoever answers in its place may be dearer.
        ("ending", ONE, 20 * 31_000 * 3 / 1e6),
        ("nobody-knows", ONE, None),
        ("nobody-knows", Calls(3), 0.0),
    ],
)
def test_each_call_has_the_price_of_its_own_size(
    model: str, calls: Calls, usd: float | None
) -> None:
    assert work(model, calls).usd(MODELS) == (None if usd is None else pytest.approx(usd))


def test_what_is_asked_again_is_counted_or_left_out() -> None:
    both = work("long", ONE, Calls(5, tokens_in=1_000, audio_s=2.0, is_again=True))
    assert (both.count(again=False), both.count()) == (20, 25)
    assert both.amounts()[Currency.TOKENS_DAY] == 20 * 31_000 + 5 * 1_000
    assert both.amounts(again=False)[Currency.AUDIO_S_DAY] == 0.0


def test_one_scope_is_one_work() -> None:
    found = by_scope([work("long", ONE), work("long", ONE), work("dear", ONE, scope="t")])
    assert [(each.scope, each.count()) for each in found] == [("s", 40), ("t", 20)]
    assert by_scope([work("long")]) == ()
