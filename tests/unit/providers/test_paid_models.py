"""The catalogue of paid models: the built-in one, a user's own, and what is sent by it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from videobatch.errors import SettingsError
from videobatch.providers.catalog import PROVIDERS
from videobatch.providers.paid_models import load_models
from videobatch.providers.prices import Price

MODELS = dict(load_models())


@pytest.mark.parametrize("name", MODELS)
def test_each_model_names_its_source_and_its_day(name: str) -> None:
    model = MODELS[name]
    assert model.provider in PROVIDERS
    assert model.hears or model.writes
    assert model.source.startswith("https://")
    assert model.checked is not None
    assert model.checked >= date(2026, 1, 1)
    has_life = any((model.valid_from, model.valid_until, model.kept_for_now, model.replaced_by))
    assert has_life == bool(model.life_source.startswith("https://") and model.life_checked)


@pytest.mark.parametrize("name", MODELS)
def test_a_successor_is_known_and_outlasts_the_model(name: str) -> None:
    model = MODELS[name]
    assert (model.valid_until is None) == (model.replaced_by is None)
    for then in (model.replaced_by, model.answered_by):
        if then is not None and model.valid_until is not None:
            assert MODELS[then].provider == model.provider
            until = MODELS[then].valid_until
            assert until is None or until > model.valid_until
            begins = MODELS[then].valid_from
            assert begins is None or begins < model.valid_until


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
    assert (load_models().price(model) is not None) == known
    assert (load_models().model(model) is not None) == known


# What was sent before there was a catalogue of it, and what the newer models are sent.
@pytest.mark.parametrize(
    ("model", "ways"),
    [
        ("whisper-1", {"times": True, "token_limit": "max_tokens"}),
        ("whisper-large-v3", {"times": None}),
        ("gpt-4o-transcribe", {"times": False}),
        ("gpt-4o-mini-transcribe-2025-12-15", {"times": False}),
        ("gpt-transcribe", {"times": False}),
        ("gpt-4o-mini", {"picture_tokens": 2833, "picture_detail": "low"}),
        ("gpt-4o-mini-2024-07-18", {"picture_tokens": 2833, "token_limit": "max_tokens"}),
        ("gpt-4.1-mini", {"picture_tokens": 2500, "picture_detail": "high"}),
        ("llama3.1", {"token_limit": "max_tokens", "thinking_effort": None}),
        ("o3-mini", {"token_limit": "max_completion_tokens", "thinking_effort": None}),
        ("gpt-5-mini", {"token_limit": "max_completion_tokens", "thinking_effort": None}),
        ("gpt-6-luna", {"token_limit": "max_completion_tokens", "thinking_effort": "none"}),
        ("gemini-2.5-flash", {"thinking_budget": 0, "thinking_level": None}),
        ("models/gemini-2.5-flash-lite", {"thinking_budget": 0}),
        ("gemini-2.5-pro", {"thinking_budget": 128}),
        ("gemini-3.5-flash-lite", {"thinking_budget": None, "thinking_level": "MINIMAL"}),
        ("gemini-3.8-flash", {"thinking_level": "LOW"}),
        ("gemini-2.0-flash", {"thinking_budget": None, "thinking_level": None}),
    ],
)
def test_the_ways_of_asking(model: str, ways: dict[str, Any]) -> None:
    found = load_models().ways(model)
    assert {name: getattr(found, name) for name in ways} == ways


@pytest.mark.parametrize(
    ("asked", "answered", "is_another"),
    [
        ("gemini-2.5-flash", "gemini-2.5-flash", False),
        ("gemini-2.5-flash", "models/gemini-2.5-flash-001", False),
        ("gemini-2.5-flash", "gemini-2.5-flash-preview-09-2025", False),
        ("gemini-2.5-flash", "gemini-3.5-flash-lite", True),
        ("gemini-2.5-flash", "gemini-2.5-flash-lite", True),
        ("gpt-4.1-mini", "GPT-4.1-mini-2025-04-14", False),
        ("gpt-4.1-mini", "openai/gpt-4.1-mini", False),
        ("gpt-4.1-mini", "gpt-6-luna", True),
        ("gpt-4.1-mini", "", False),
        # A name that is no model of the catalogue is a gateway's, which may answer by any.
        ("gemini-flash-latest", "gemini-3.8-flash", False),
        ("fast", "gpt-6-luna", False),
        ("qwen3", "/models/Qwen3-8B-Q4_K_M.gguf", False),
        ("gemini-3.1-flash-lite", "gemini-3.1-flash-lite-preview", False),
        ("gemini-2.5-flash", "gemini-2.5-flash-preview-05-20", False),
        ("gpt-4o-mini", "gpt-4o-mini-0718", False),
        ("gpt-4o-mini", "openai/gpt-4o-mini:free", False),
        ("gpt-4o-mini", "gpt-4o-mini-transcribe", True),
    ],
)
def test_another_model_than_was_asked_for(asked: str, answered: str, is_another: bool) -> None:
    assert load_models().asked(asked).is_another(answered) == is_another


@pytest.mark.parametrize("name", ["qwen3", "gemini-flash-latest"])
def test_names_of_the_users_own_file_may_stand_for_any(tmp_path: Path, name: str) -> None:
    own = tmp_path / "models.toml"
    own.write_text(f'[models."{name}"]\nusd_per_m_tokens_in = 1\nusd_per_m_tokens_out = 1\n')
    assert not load_models(own).asked(name).is_another("gemini-3.5-flash")


def test_what_may_answer_in_its_place_is_reckoned_with_by_the_dearest() -> None:
    asked = load_models().asked("gemini-2.5-pro")
    charges = asked.charges()
    assert charges is not None
    # Its own price of what goes in is lower than that of gemini-3.8-flash, who will answer.
    assert charges.cost_usd(tokens_in=100_000) == pytest.approx(0.15)
    assert charges.cost_usd(tokens_out=100_000) == pytest.approx(1.0)
    # Once it has answered itself, its own is paid.
    for itself in ("gemini-2.5-pro", "models/gemini-2.5-pro-001"):
        own = asked.charges(itself)
        assert own is not None
        assert own.cost_usd(tokens_in=100_000) == pytest.approx(0.125)
    answered = load_models().asked("gpt-4o-mini").charges("openai/gpt-4.1-mini")
    assert answered is not None
    assert answered.cost_usd(tokens_in=1e6) == pytest.approx(0.40)
    assert load_models().asked("mine").charges() is None


def test_a_file_of_prices_alone_goes_on(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        '[models."whisper-1"]\nusd_per_audio_min = 0\n'
        "[models.mine]\nusd_per_m_tokens_in = 1\nusd_per_m_tokens_out = 2\n",
        encoding="utf-8",
    )
    table = load_models(own)
    assert table.price("whisper-1") == Price(usd_per_audio_min=0)
    assert table.price("mine") == Price(usd_per_m_tokens_in=1, usd_per_m_tokens_out=2)
    assert table.price("gpt-4o-mini") == load_models().price("gpt-4o-mini")
    # It says nothing of the rest, which stays.
    known = table.model("whisper-1")
    assert known is not None
    assert (known.valid_until, known.hears) == (date(2027, 2, 26), "words")


def test_a_users_own_word_wins_model_by_model(tmp_path: Path) -> None:
    own = tmp_path / "models.toml"
    own.write_text(
        '[models."whisper-1"]\nvalid_until = 2027-06-30\nreplaced_by = "new"\n'
        '[models.new]\nprovider = "openai"\nhears = "text"\nusd_per_audio_min = 0.001\n'
        '[[ways]]\nnames = ["gpt-6-luna"]\nthinking_effort = "low"\n',
        encoding="utf-8",
    )
    table = load_models(own)
    known = table.model("whisper-1")
    assert known is not None
    assert (known.valid_until, known.replaced_by) == (date(2027, 6, 30), "new")
    assert table.price("whisper-1") == load_models().price("whisper-1")
    assert table.ways("new").times is False
    assert table.ways("gpt-6-luna").thinking_effort == "low"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models = 3", "models"),
        ("[models.a]\nusd_per_audio_min = -1", "models.a.usd_per_audio_min"),
        ("[models.a]\nusd_per_audio_min = inf", "models.a.usd_per_audio_min"),
        ("[models.a]\nusd_per_minute = 1", "models.a.usd_per_minute"),
        ('[models.a]\nvalid_until = "soon"', "models.a.valid_until"),
        ('[models.a]\nhears = "all"', "models.a.hears"),
        ("[[ways]]\nthinking_budget = 1", "ways.0.names"),
        ("[modells.a]\nusd_per_audio_min = 1", "modells"),
        ("[models.a", "end of document"),
    ],
)
def test_a_file_that_tells_of_no_models(tmp_path: Path, text: str, words: str) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"prices\.toml are not right") as caught:
        load_models(own)
    assert words in caught.value.message


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    own = tmp_path / "prices.toml"
    if content is not None:
        own.write_bytes(content)
    with pytest.raises(SettingsError, match="cannot be read"):
        load_models(own)
