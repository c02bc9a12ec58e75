"""What a translation will take, and whether there is to be one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.media import Recipe, Sound, make_media
from tests.support.paid import estimate_of, set_openai_alone
from videobatch.submission.translating import calls_of_translation


def count(length_s: float, context_tokens: int = 100_000) -> int:
    return sum(
        each.count for each in calls_of_translation(length_s, context_tokens) if not each.is_again
    )


def test_an_hour_of_speech_is_some_ten_calls() -> None:
    assert 8 <= count(3600.0) <= 15
    assert count(3600.0, 4_000) > 2 * count(3600.0)
    assert (count(10.0), count(0.0)) == (2, 0)
    calls = list(calls_of_translation(3600.0, 100_000))
    read = sum(each.count * each.tokens_in for each in calls)
    written = sum(each.count * each.tokens_out for each in calls)
    # Read once for its terms, once to be translated.
    assert 2 * 3600 * 5 < read < 3 * 3600 * 5
    assert 3600 * 5 < written < 3 * 3600 * 5
    assert all(each.tokens_out <= each.most_out for each in calls)


def test_the_estimate_counts_what_is_to_be_translated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_openai_alone(monkeypatch)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    monkeypatch.setenv("VIDEOBATCH_API__WRITER", "gpt-4o-mini")
    make_media(tmp_path / "a.wav", Recipe(60.0, None, Sound()))
    english, chinese = "The water is cold here.", "这里的水非常非常冷。"

    def calls(text: str, name: str = "a.srt", template: str = "chinese_transcript") -> int:
        for each in tmp_path.glob("*.srt"):
            each.unlink()
        cues = "".join(
            f"{n + 1}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{text}\n\n" for n in range(60)
        )
        (tmp_path / name).write_text(cues, encoding="utf-8")
        return estimate_of(tmp_path, template).calls

    plain = calls(english, template="summary_report")
    assert calls(chinese) == plain
    assert calls(english) == plain + count(60.0)
    assert calls(english, "a.zh.srt") == calls(english)
