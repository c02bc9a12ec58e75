"""The models that are taken unless others are named."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from videobatch.errors import SettingsError
from videobatch.providers.catalog import PROVIDERS
from videobatch.providers.defaults import Choice, Does, check_price, choose_default, hour_usd
from videobatch.providers.paid_models import PaidModel, PaidModels, load_models

# The day for which today's defaults were chosen, and what they were until then.
CHOSEN = date(2026, 11, 30)
BEFORE = {
    ("openai", "hears"): "whisper-1",
    ("openai", "writes"): "gpt-4.1-mini",
    ("gemini", "hears"): "gemini-2.5-flash",
    ("gemini", "writes"): "gemini-2.5-flash",
}
OPENAI = PROVIDERS["openai"]
TODAY = date(2030, 1, 1)


@pytest.mark.parametrize("before", BEFORE)
def test_the_defaults_are_those_of_the_rule(before: tuple[str, Does]) -> None:
    provider, does = PROVIDERS[before[0]], before[1]
    is_default = provider.speech_model if does == "hears" else provider.writer_model
    models = load_models()
    assert choose_default(models, provider, does, BEFORE[before], CHOSEN).model == is_default
    # And the rule keeps to them.
    assert choose_default(models, provider, does, is_default, CHOSEN).model == is_default


def writer(usd: float = 1.0, **more: Any) -> PaidModel:
    return PaidModel(
        **{
            "provider": "openai",
            "writes": True,
            "usd_per_m_tokens_in": usd,
            "usd_per_m_tokens_out": usd,
            **more,
        }
    )


ENDING: dict[str, Any] = {"valid_until": date(2030, 2, 1), "replaced_by": "next"}


@pytest.mark.parametrize(
    ("others", "choice"),
    [
        ({"now": writer(), "next": writer(0.1)}, Choice("now", "served for 60 days more")),
        (
            {"now": writer(**ENDING), "next": writer(9.0), "cheap": writer(0.1)},
            Choice("next", "the vendor's successor of now"),
        ),
        # A successor that ends soon itself hands on to its own.
        (
            {
                "now": writer(**ENDING),
                "next": writer(valid_until=date(2030, 2, 2), replaced_by="last"),
                "last": writer(),
            },
            Choice("last", "the vendor's successor of now"),
        ),
        # One that does not write, or has no price, or has not begun, is none.
        (
            {"now": writer(**ENDING), "next": writer(writes=False, hears="text"), "b": writer(2.0)},
            Choice("b", "the cheapest"),
        ),
        (
            {"now": writer(**ENDING), "next": PaidModel(provider="openai", writes=True)},
            Choice("now", "no other is known to do"),
        ),
        (
            {"now": writer(**ENDING), "next": writer(valid_from=date(2030, 1, 2)), "b": writer()},
            Choice("b", "the cheapest"),
        ),
        (
            {
                "now": writer(**ENDING),
                "kept": writer(0.1, kept_for_now=True),
                "another": writer(0.1, provider="gemini"),
                "c": writer(3.0),
                "b": writer(2.0),
            },
            Choice("b", "the cheapest"),
        ),
        (
            {"now": writer(**{**ENDING, "replaced_by": "now"})},
            Choice("now", "no other is known to do"),
        ),
    ],
)
def test_the_rule(others: dict[str, PaidModel], choice: Choice) -> None:
    assert choose_default(PaidModels(others), OPENAI, "writes", "now", TODAY) == choice


def test_who_hears_tells_times() -> None:
    models = PaidModels(
        {
            "now": PaidModel(provider="openai", hears="words", usd_per_audio_min=1.0, **ENDING),
            "next": PaidModel(provider="openai", hears="text", usd_per_audio_min=0.1),
            "timed": PaidModel(provider="openai", hears="sentences", usd_per_audio_min=0.5),
        }
    )
    assert choose_default(models, OPENAI, "hears", "now", TODAY).model == "timed"


def test_an_hour_of_lecture() -> None:
    models, gemini = load_models(), PROVIDERS["gemini"]
    assert hour_usd(models, OPENAI, "whisper-1", "hears") == pytest.approx(0.36)
    # 3600 s x 32 tokens of sound, 3600 s x 20 tokens of words.
    heard = 115_200 * 0.30e-6 + 72_000 * 2.50e-6
    assert hour_usd(models, gemini, "gemini-3.5-flash-lite", "hears") == pytest.approx(heard)
    written = 25_000 * 0.10e-6 + 4_000 * 0.50e-6
    assert hour_usd(models, OPENAI, "gpt-6-luna", "writes") == pytest.approx(written)
    assert hour_usd(models, gemini, "gemini-2.5-flash-lite", "hears") is None
    assert hour_usd(models, OPENAI, "mine", "writes") is None


@pytest.mark.parametrize(
    ("model", "does", "lacks"),
    [
        ("gpt-6-luna", "writes", ""),
        ("mine", "writes", "the price of mine is not known,"),
        # What it writes has a price, and what it hears has none.
        ("gemini-3.1-flash-lite", "writes", ""),
        ("gemini-3.1-flash-lite", "hears", "of gemini-3.1-flash-lite is not known where it hears"),
    ],
)
def test_a_spend_cap_needs_the_price_of_what_is_done(model: str, does: Does, lacks: str) -> None:
    provider = PROVIDERS["gemini" if model.startswith("gemini") else "openai"]
    if not lacks:
        check_price(load_models(), provider, model, does)
        return
    with pytest.raises(SettingsError, match=lacks):
        check_price(load_models(), provider, model, does)


def test_a_price_of_sound_alone_holds_no_cap_where_a_question_goes_beside_it() -> None:
    sound = PaidModel(provider="gemini", usd_per_m_audio_tokens_in=0.3, usd_per_m_tokens_out=1.0)
    models = PaidModels({"mine": sound})
    check_price(models, OPENAI, "mine", "hears")
    with pytest.raises(SettingsError, match="the price of mine is not known where it hears"):
        check_price(models, PROVIDERS["gemini"], "mine", "hears")


def test_a_model_of_no_known_price_at_all_is_told_so() -> None:
    nothing = PaidModels({"mine": PaidModel(provider="openai", source="https://a.test")})
    with pytest.raises(SettingsError, match="the price of mine is not known, so"):
        check_price(nothing, OPENAI, "mine", "hears")
