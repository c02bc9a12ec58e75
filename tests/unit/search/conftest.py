"""An output folder to search."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.searched import SearchedFolder, searched_folder


@pytest.fixture
def out(tmp_path: Path) -> SearchedFolder:
    """An empty output folder."""
    return searched_folder(tmp_path)
