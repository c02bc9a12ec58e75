"""A submit as it was typed: checked, planned, and agreed to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.submit.asked import OUT, TEMPLATE, Asked, agreed, understand
from config.settings import load_settings
from tests.support.media import Recipe, make_media
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
    assert "openai whisper-1 and gpt-4.1-mini: 2 videos" in capsys.readouterr().err
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
