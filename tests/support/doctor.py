"""The doctor's checks in tests: settings of the test's own, and the checks by name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from cli.doctor import redis_server
from cli.doctor.check import Check
from cli.doctor.examinations import Examination, examine
from config.access import ProviderAccess
from config.settings import Settings
from tests.support.speech import ENGINE


def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leaves no settings but the test's own: not the developer's environment, nor their files."""
    for name in list(os.environ):
        if name.startswith(("VIDEOBATCH_", "OPENAI_", "GEMINI_")) and name not in ENGINE:
            monkeypatch.delenv(name)
    for model in (Settings, ProviderAccess):
        monkeypatch.setitem(model.model_config, "env_file", tmp_path / ".env")
        monkeypatch.setitem(model.model_config, "toml_file", tmp_path / "videobatch.toml")
    monkeypatch.setenv("VIDEOBATCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VIDEOBATCH_OUT", str(tmp_path / "documents"))


def only(checks: Iterable[Check]) -> Check:
    """The one check that there is."""
    (check,) = checks
    return check


def by_name(checks: Iterable[Check]) -> dict[str, Check]:
    """The checks by their names."""
    return {check.name: check for check in checks}


def look(url: str, *, is_local: bool = False) -> tuple[Check, ...]:
    """The checks of the Redis behind that URL, within their time."""
    found = Examination(
        "redis", lambda: redis_server.redis(url, is_local=is_local), redis_server.LIMIT_S
    )
    return tuple(examine((found,)))
