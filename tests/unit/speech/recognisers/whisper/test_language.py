"""The language of a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from videobatch.speech.recognisers.whisper.language import language_of


@pytest.mark.parametrize(
    ("own", "others", "language"),
    [
        ({}, [], None),
        ({"en": 0.4, "cy": 0.3}, [], "en"),
        ({"fr": 0.9, "en": 0.1}, [{"en": 0.99}], "fr"),
        ({"cy": 0.5, "en": 0.4}, [{"en": 0.97, "cy": 0.01}], "en"),
        ({"cy": 0.5, "en": 0.4}, [{"cy": 0.6, "en": 0.3}], "cy"),
    ],
)
def test_a_sure_window_stands_for_itself(
    own: Mapping[str, float], others: Sequence[Mapping[str, float]], language: str | None
) -> None:
    assert language_of(own, others) == language
