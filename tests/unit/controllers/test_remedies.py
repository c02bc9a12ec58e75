"""Whatever keeps a host from more videos has a remedy that a person can take."""

from __future__ import annotations

from config.settings import PROJECT_ROOT
from controllers.policy.records import Binds
from controllers.remedies import REMEDIES


def test_each_has_one() -> None:
    assert set(REMEDIES) == set(Binds)


def test_the_settings_that_they_name_are_there() -> None:
    named = {
        word.strip(",;.") for text in REMEDIES.values() for word in text.split() if "_" in word
    }
    example = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
    assert named
    assert [name for name in named if name not in example] == []
