"""The warning of a rough transcript stands only where it is true."""

from __future__ import annotations

import pytest

from tests.support.pipeline import StubTranscriber
from videobatch.pipeline.words.roughness import is_rough


class Named(StubTranscriber):
    def __init__(self, name: str, model: str, rough: bool) -> None:
        super().__init__()
        self.name, self.model, self.rough = name, model, rough


@pytest.mark.parametrize(
    ("name", "model", "rough", "language", "expected"),
    [
        ("pocketsphinx", "en-us", True, "en", True),
        ("whisper", "base", False, "en", False),
        ("whisper", "base", False, "en-GB", False),
        ("whisper", "base", False, "zh", True),
        ("whisper", "small", False, "zh", False),
        ("whisper", "tiny.en", False, "en", False),
        ("whisper", "base", False, None, False),
        ("openai", "base", False, "zh", False),
    ],
)
def test_many_words_are_wrong(
    name: str, model: str, rough: bool, language: str | None, expected: bool
) -> None:
    assert is_rough(Named(name, model, rough), language) is expected
