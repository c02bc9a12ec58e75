"""Settings as every process of ours reads them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import PROJECT_ROOT, complaints_of, load_settings


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("/models/small", Path("/models/small")),
        ("~/models", Path.home() / "models"),
        ("models/small", PROJECT_ROOT / "models" / "small"),
    ],
)
def test_a_folder_means_the_same_in_every_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str, meant: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDEOBATCH_SPEECH__MODEL_DIR", given)
    monkeypatch.setenv("VIDEOBATCH_TEMPLATES_DIR", given)
    settings = load_settings()
    assert settings.speech.model_dir == settings.templates_dir == meant


def with_password(monkeypatch: pytest.MonkeyPatch, path: Path, url: str) -> str:
    monkeypatch.setenv("VIDEOBATCH_REDIS_URL", url)
    monkeypatch.setenv("VIDEOBATCH_REDIS_PASSWORD_FILE", str(path))
    found = load_settings().redis_url
    assert found is not None
    return found.get_secret_value()


def test_a_password_comes_from_its_file_into_the_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "password"
    path.write_text("p/w@1:%\n")
    assert with_password(monkeypatch, path, "redis://me@h:6379/0") == (
        "redis://me:p%2Fw%401%3A%25@h:6379/0"
    )
    assert with_password(monkeypatch, path, "rediss://h:1/0?a=b") == (
        "rediss://:p%2Fw%401%3A%25@h:1/0?a=b"
    )


@pytest.mark.parametrize(
    ("text", "url", "why"),
    [
        ("x", "redis://:other@h:1/0", "name one"),
        (" \n", "redis://h:1/0", "is empty"),
        (None, "redis://h:1/0", "cannot be read"),
    ],
)
def test_a_password_file_that_cannot_be_used_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, url: str, why: str
) -> None:
    path = tmp_path / "password"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValidationError, match=why) as refused:
        with_password(monkeypatch, path, url)
    assert "other" not in str(refused.value)


def test_the_map_of_folders_is_json_with_absolute_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBATCH_PATHS__MAP", '{"/videos": "/mnt/nas"}')
    monkeypatch.setenv("VIDEOBATCH_PATHS__ROOTS", '["/mnt/nas", "/out"]')
    paths = load_settings().paths
    assert paths.here == {"/videos": "/mnt/nas"}
    assert paths.below == ("/mnt/nas", "/out")
    monkeypatch.setenv("VIDEOBATCH_PATHS__MAP", '{"videos": "/mnt/nas"}')
    with pytest.raises(ValidationError, match="absolute"):
        load_settings()


def test_each_complaint_names_its_setting_and_shows_no_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VIDEOBATCH_SLIDES__CPU_S", "-1")
    monkeypatch.setenv("VIDEOBATCH_CONCURRENCY__MAX", "secret")
    with pytest.raises(ValidationError) as raised:
        load_settings()
    complaints = complaints_of(raised.value)
    names = {each.partition(": ")[0] for each in complaints}
    assert names == {"VIDEOBATCH_SLIDES__CPU_S", "VIDEOBATCH_CONCURRENCY__MAX"}
    assert "secret" not in " ".join(complaints)
    told = complaints_of(ValueError("line 3 makes no sense"))
    assert told == ("the settings cannot be read: line 3 makes no sense",)


def test_the_example_of_all_settings_is_up_to_date() -> None:
    script = [sys.executable, str(PROJECT_ROOT / "scripts/env_example.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
