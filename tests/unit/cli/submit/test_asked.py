"""A submit as it was typed: checked, planned, and agreed to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli.submit.asked import OUT, TEMPLATE, Asked, agreed, understand
from config.settings import load_settings
from tests.support.media import Recipe, Sound, make_media
from tests.support.paid import set_openai_alone
from videobatch.errors import SettingsError
from videobatch.pipeline.outputs import reuse
from videobatch.records import VideoJob


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts how often each file was looked up as made before."""
    done = Counter[str]()
    made_before = reuse.made_before

    def counted(job: VideoJob, folder: Path, path: Path) -> object:
        done[path.name] += 1
        return made_before(job, folder, path)

    monkeypatch.setattr(reuse, "made_before", counted)
    return done


@pytest.fixture
def videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    set_openai_alone(monkeypatch)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    folder = tmp_path / "videos"
    folder.mkdir()
    for name in "ab":
        make_media(folder / f"{name}.mkv", Recipe(2.0, None))
    return folder


def asked(videos: Path, **options: Any) -> Asked:
    return replace(Asked(paths=(videos,), out=videos.parent / "out"), **options)


def test_the_plan_that_has_a_price_is_the_one_that_is_handed_over(
    videos: Path, looks: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = agreed(asked(videos, yes=True), load_settings())
    assert "openai whisper-1 and gpt-6-luna: 2 videos" in capsys.readouterr().err
    assert looks == {"a.mkv": 1, "b.mkv": 1}
    for _ in range(2):
        assert [len(chunk.videos) for chunk in found.chunks] == [2]
    assert looks == {"a.mkv": 1, "b.mkv": 1}


def test_without_a_price_videos_are_planned_as_they_are_asked_for(
    videos: Path, looks: Counter[str]
) -> None:
    found = agreed(asked(videos, provider="offline"), load_settings())
    assert looks == {}
    assert [len(chunk.videos) for chunk in found.chunks] == [2]
    assert looks == {"a.mkv": 1, "b.mkv": 1}


def test_where_nobody_can_be_asked_nothing_is_handed_over(
    videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(SettingsError, match="nobody agreed") as refused:
        agreed(asked(videos), load_settings())
    assert "--yes" in refused.value.hint


def test_what_make_hands_over_counts_where_nothing_was_typed(
    videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OUT, str(videos.parent / "elsewhere"))
    monkeypatch.setenv(TEMPLATE, "comprehensive_lesson")
    settings = load_settings()
    found = understand(asked(videos, out=None), settings)
    assert (found.out.name, found.wish.template.name) == ("elsewhere", "comprehensive_lesson")
    typed = understand(asked(videos, template="summary_report"), settings)
    assert (typed.out.name, typed.wish.template.name) == ("out", "summary_report")


# A catalogue of the user's own: no day of the real one makes a test fail.
LIVES = """
[models."whisper-1"]
valid_until = 2030-03-01
replaced_by = "gpt-transcribe"
[models."gpt-6-luna"]
valid_until = 2030-06-01
replaced_by = "later"
answered_by = "later"
[models.later]
provider = "openai"
writes = true
usd_per_m_tokens_in = 1.0
usd_per_m_tokens_out = 5.0
"""


@pytest.fixture
def lives(videos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = videos.parent / "models.toml"
    own.write_text(LIVES, encoding="utf-8")
    monkeypatch.setenv("VIDEOBATCH_API__PRICES", str(own))


@pytest.mark.usefixtures("lives")
@pytest.mark.parametrize(
    ("today", "message", "hint"),
    [
        (
            date(2030, 3, 1),
            "whisper-1 was switched off on 2030-03-01; its successor is gpt-transcribe",
            "set VIDEOBATCH_SPEECH__MODEL=gpt-transcribe",
        ),
        (date(2031, 1, 1), "whisper-1 was switched off", "VIDEOBATCH_SPEECH__MODEL"),
    ],
)
def test_a_model_that_is_off_is_refused_with_its_successor(
    videos: Path, looks: Counter[str], today: date, message: str, hint: str
) -> None:
    with pytest.raises(SettingsError, match=message) as refused:
        agreed(asked(videos, yes=True), load_settings(), today)
    assert hint in refused.value.hint
    assert refused.value.code == "model_gone"
    assert looks == {}
    with pytest.raises(SettingsError, match=message) as refused:
        agreed(asked(videos, yes=True, provider="openai"), load_settings(), today)
    assert refused.value.hint.endswith(", and VIDEOBATCH_PROVIDER=openai")
    # Nobody who asks no provider is bothered.
    assert agreed(asked(videos, provider="offline"), load_settings(), today)


@pytest.mark.usefixtures("lives")
@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2029, 1, 1), []),
        (
            date(2030, 2, 1),
            [
                (
                    "warning: whisper-1 is switched off on 2030-03-01; its successor is "
                    "gpt-transcribe; an hour of lecture costs $0.360 to hear now, $0.270 then "
                    "(set VIDEOBATCH_SPEECH__MODEL=gpt-transcribe)"
                )
            ],
        ),
    ],
)
def test_a_model_that_is_off_soon_is_told_with_its_successor_and_the_price(
    videos: Path, capsys: pytest.CaptureFixture[str], today: date, told: list[str]
) -> None:
    sound = Recipe(2.0, None, Sound())
    make_media(videos / "c.wav", sound)
    agreed(asked(videos, yes=True), load_settings(), today)
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if line.startswith("warning")] == told


@pytest.mark.usefixtures("lives")
def test_a_batch_that_its_budget_makes_last_beyond_an_end_is_told(
    videos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIDEOBATCH_SPEECH__PROVIDER", "offline")
    monkeypatch.setenv("VIDEOBATCH_WRITER__PROVIDER", "openai")
    today = date(2030, 4, 1)
    agreed(asked(videos, yes=True), load_settings(), today)
    assert "warning" not in capsys.readouterr().err
    monkeypatch.setenv("VIDEOBATCH_BUDGET__REQUESTS_DAY", "0.03")
    agreed(asked(videos, yes=True), load_settings(), today)
    said = capsys.readouterr().err
    assert "gpt-6-luna is switched off on 2030-06-01; later answers in its place" in said
    assert "costs $0.005 to write about now, $0.045 then" in said


@pytest.mark.usefixtures("lives")
def test_a_server_of_ones_own_has_days_of_its_own(
    videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert agreed(asked(videos, yes=True), load_settings(), date(2031, 1, 1))
