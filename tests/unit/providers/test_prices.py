"""Prices: the built-in ones, a user's own, and what calls cost by them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from videobatch.errors import SettingsError
from videobatch.providers.prices import Price, check_price, load_prices

MODELS = [
    "whisper-1",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini",
    "gpt-4.1-mini",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
    "gemini-2.5-pro",
]


@pytest.mark.parametrize("model", MODELS)
def test_each_price_names_its_source_and_its_day(model: str) -> None:
    price = load_prices().price(model)
    assert price is not None
    assert price.source.startswith("https://")
    assert price.checked is not None
    assert price.checked >= date(2026, 1, 1)


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-4o-mini-2024-07-18", True),
        ("models/gemini-2.5-flash", True),
        ("gpt-4o-mini-2024", False),
        ("whisper-large-v3", False),
        ("", False),
    ],
)
def test_names(model: str, known: bool) -> None:
    assert (load_prices().price(model) is not None) == known


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
        ("gpt-4o-mini", {}, 0.0),
    ],
)
def test_what_calls_cost(model: str, used: dict[str, Any], usd: float | None) -> None:
    price = load_prices().price(model)
    assert price is not None
    found = price.cost_usd(**used)
    assert found is None if usd is None else found == pytest.approx(usd)


def test_a_users_own_price_wins(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        '[models."whisper-1"]\nusd_per_audio_min = 0\n'
        "[models.mine]\nusd_per_m_tokens_in = 1\nusd_per_m_tokens_out = 2\n",
        encoding="utf-8",
    )
    table = load_prices(own)
    assert table.price("whisper-1") == Price(usd_per_audio_min=0)
    assert table.price("mine") == Price(usd_per_m_tokens_in=1, usd_per_m_tokens_out=2)
    assert table.price("gpt-4o-mini") == load_prices().price("gpt-4o-mini")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models = 3", "models"),
        ("[models.a]\nusd_per_audio_min = -1", "models.a.usd_per_audio_min"),
        ("[models.a]\nusd_per_audio_min = inf", "models.a.usd_per_audio_min"),
        ("[models.a]\nusd_per_minute = 1", "models.a.usd_per_minute"),
        ("[modells.a]\nusd_per_audio_min = 1", "modells"),
        ("[models.a", "end of document"),
    ],
)
def test_a_file_that_holds_no_prices(tmp_path: Path, text: str, words: str) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"prices\.toml are not right") as caught:
        load_prices(own)
    assert words in caught.value.message


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    own = tmp_path / "prices.toml"
    if content is not None:
        own.write_bytes(content)
    with pytest.raises(SettingsError, match="cannot be read"):
        load_prices(own)


def test_a_spend_cap_needs_a_known_price() -> None:
    check_price(load_prices(), "whisper-1")
    with pytest.raises(SettingsError, match="price of whisper-9 is not known"):
        check_price(load_prices(), "whisper-9")
