"""The ledger in memory that the tests of the controller share."""

from __future__ import annotations

import pytest

from tests.support.controlled import Controlled


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Controlled:
    """Empty, and nobody leads."""
    return Controlled(monkeypatch)
