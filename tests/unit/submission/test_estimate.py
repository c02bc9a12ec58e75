"""The estimate of a paid batch: calls, sound, money."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.media import Recipe, Sound, make_media
from tests.support.paid import estimate_of, make_minutes, set_openai_alone
from videobatch.providers.paid_models import load_models
from videobatch.submission.estimate import Estimate


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_openai_alone(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_minutes(tmp_path)


def estimated(monkeypatch: pytest.MonkeyPatch, folder: Path, **variables: str) -> Estimate:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return estimate_of(folder)


def test_what_has_subtitles_is_written_of_and_not_listened_to(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    told = estimated(monkeypatch, folder)
    assert (told.videos, told.calls) == (2, 3)
    assert told.audio_s == pytest.approx(60.0, abs=0.5)
    # A minute at 0.006 dollars, and two documents of some thousand tokens.
    assert told.usd is not None
    assert 0.006 < told.usd < 0.006 + 2 * 0.01
    # Each document may have statements that are not found in its video, and are asked for again.
    assert told.again == 2
    alone = estimated(monkeypatch, folder, VIDEOBATCH_API__WRITER="none")
    assert alone.calls == 1
    assert alone.usd == pytest.approx(0.006, rel=0.01)


def test_short_segments_are_more_calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make_media(tmp_path / "long.wav", Recipe(150.0, None, Sound()))
    short = {"VIDEOBATCH_API__MODEL": "gpt-4o-transcribe", "VIDEOBATCH_API__WRITER": "none"}
    assert estimated(monkeypatch, tmp_path, **short).calls == 3


def test_a_model_without_a_price_costs_one_knows_not_what(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    told = estimated(monkeypatch, folder, VIDEOBATCH_API__WRITER="nobody-knows")
    assert told.usd is None


@pytest.mark.parametrize(("media", "tokens_per_s"), [("audio", 32), ("video", 32 + 68)])
def test_gemini_counts_tokens_of_sound_and_of_pictures(
    monkeypatch: pytest.MonkeyPatch, folder: Path, media: str, tokens_per_s: int
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "k")
    free = folder / "prices.toml"
    # A dollar for a million tokens that go in, and nothing for those that come out.
    free.write_text(
        '[models."gemini-3.5-flash-lite"]\nusd_per_m_tokens_in = 1.0\n'
        "usd_per_m_audio_tokens_in = 1.0\nusd_per_m_tokens_out = 0.0\n"
    )
    told = estimated(
        monkeypatch,
        folder,
        VIDEOBATCH_PROVIDER="gemini",
        VIDEOBATCH_API__MEDIA=media,
        VIDEOBATCH_API__WRITER="none",
        VIDEOBATCH_API__PRICES=str(free),
    )
    # The question in words goes beside the sound.
    assert told.usd == pytest.approx((60 * tokens_per_s + 250) / 1e6, rel=0.02)


def test_hearing_and_writing_by_one_model_share_its_limits(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "k")
    told = estimated(
        monkeypatch, folder, VIDEOBATCH_PROVIDER="gemini", VIDEOBATCH_BUDGET__REQUESTS_DAY="1"
    )
    (work,) = told.works
    assert (work.scope, work.day_zone) == (
        "gemini.default.gemini-3.5-flash-lite",
        "America/Los_Angeles",
    )
    assert (work.count(again=False), work.count()) == (3, 5)
    assert told.least_s == 3 * 86_400.0


def test_what_asks_again_costs_and_is_in_the_price(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    prices = folder / "prices.toml"
    prices.write_text(
        '[models."mine"]\nusd_per_m_tokens_in = 1.0\nusd_per_m_tokens_out = 0.0\n', "utf-8"
    )
    told = estimated(
        monkeypatch,
        folder,
        VIDEOBATCH_PROVIDER="offline",
        VIDEOBATCH_WRITER__PROVIDER="openai",
        VIDEOBATCH_WRITER__MODEL="mine",
        VIDEOBATCH_API__PRICES=str(prices),
    )
    (work,) = told.works
    models = load_models(prices)
    first = work.usd(models, again=False)
    assert first is not None
    assert told.usd is not None
    assert told.usd > 1.5 * first


@pytest.mark.parametrize("context_tokens", ["4000", "16000"])
def test_a_context_smaller_than_an_answer_is_still_estimated(
    monkeypatch: pytest.MonkeyPatch, folder: Path, context_tokens: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("VIDEOBATCH_API__CONTEXT_TOKENS", context_tokens)
    told = estimate_of(folder, "comprehensive_lesson", "chapter_points=50", "questions=50")
    assert told.calls > 3
