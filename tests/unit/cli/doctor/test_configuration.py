"""The check of the settings names what is wrong, and shows no value."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.doctor.check import CheckStatus, well
from cli.doctor.configuration import read_settings, unknown


def test_settings_that_are_valid_name_their_places(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("VIDEOBATCH_LOG_LEVEL=DEBUG\n")
    reading = read_settings()
    assert reading.check == well("settings", "valid, read from the environment, .env")
    assert reading.settings is not None
    assert reading.settings.log_level == "DEBUG"


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("VIDEOBATCH_PROVIDER", "s3cret", "VIDEOBATCH_PROVIDER: Input should be 'offline'"),
        ("VIDEOBATCH_CONCURRENCY__MIN", "s3cret", "VIDEOBATCH_CONCURRENCY__MIN: Input should be"),
        ("VIDEOBATCH_CONCURRENCY__MNI", "s3cret", "no setting VIDEOBATCH_CONCURRENCY__MNI"),
        ("VIDEOBATCH_PREFIX", "s3cret s3cret", "VIDEOBATCH_PREFIX: String should match"),
        ("VIDEOBATCH_CPU_TARGET", "7", "VIDEOBATCH_CPU_TARGET: Input should be less than"),
    ],
)
def test_a_setting_that_is_not_valid_is_named_and_takes_its_default(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, found: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("VIDEOBATCH_LOG_LEVEL", "DEBUG")
    reading = read_settings()
    assert reading.check.status is CheckStatus.BAD
    assert found in reading.check.found
    assert "s3cret" not in reading.check.found + reading.check.hint
    assert reading.settings is not None
    assert reading.settings.log_level == "DEBUG"
    assert reading.settings.provider == "offline"


def test_all_settings_that_are_not_valid_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "x")
    monkeypatch.setenv("VIDEOBATCH_LOG_LEVEL", "x")
    check = read_settings().check
    assert "VIDEOBATCH_PROVIDER" in check.found
    assert "VIDEOBATCH_LOG_LEVEL" in check.found


def test_settings_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "videobatch.toml").write_text('home = "here"\nprovider = s3cret\n')
    reading = read_settings()
    assert reading.settings is None
    assert reading.check.status is CheckStatus.BAD
    assert "videobatch.toml" in reading.check.found
    assert "line 2" in reading.check.found
    assert "s3cret" not in reading.check.found

    (tmp_path / "videobatch.toml").unlink()
    monkeypatch.setenv("VIDEOBATCH_MEMORY", "s3cret")
    check = read_settings().check
    assert 'field "memory"' in check.found
    assert "s3cret" not in check.found


def test_names_that_look_like_settings_and_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        "VIDEOBATCH_PROVDER",
        "VIDEOBATCH_PROVIDER",
        "VIDEOBATCH_MEMORY__LIMIT_MB",
        "videobatch_budgt__x",
        "VIDEOBATCH_SUBMIT_DIR",
        "VIDEOBATCH_STACK_SOCKET",
        "VIDEOBATCH_FLOWER_PASSWORD",
        "PATH",
    ]
    assert unknown(names) == ["VIDEOBATCH_PROVDER", "videobatch_budgt__x"]
    monkeypatch.setenv("VIDEOBATCH_PROVDER", "openai")
    check = read_settings().check
    assert check.status is CheckStatus.WARN
    assert check.found == "there is no VIDEOBATCH_PROVDER"
