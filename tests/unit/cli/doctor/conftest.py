"""Settings and a stack's folder of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.stack.home import Home, open_home
from tests.support.doctor import own_settings


@pytest.fixture(autouse=True)
def _settings_of_the_test(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own_settings(monkeypatch, tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The folder of a stack that does not run."""
    made = open_home(tmp_path / "home")
    made.create()
    return made
