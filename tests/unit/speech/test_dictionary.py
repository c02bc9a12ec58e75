"""The dictionary that tells words from names."""

from __future__ import annotations

import pytest

from videobatch.speech import dictionary
from videobatch.speech.dictionary import known_words


def test_it_holds_words_and_not_what_a_recogniser_made_up() -> None:
    assert known_words({"bicycle", "wheels", "silacoid", "uraniborg"}) == {"bicycle", "wheels"}


def test_without_it_every_word_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictionary, "find_spec", lambda _name: None)
    assert known_words(["silacoid"]) == {"silacoid"}
