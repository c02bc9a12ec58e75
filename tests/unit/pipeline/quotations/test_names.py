"""Names in statements, and whether somebody said them."""

from __future__ import annotations

import pytest

from videobatch.pipeline.quotations.names import Said, names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The moon was reached by Neil Armstrong.", ["Neil", "Armstrong"]),
        ("Neil Armstrong walked first.", ["Neil", "Armstrong"]),
        ("Kepler's laws describe it.", ["Kepler"]),
        ("Photosynthesis turns light into sugar.", []),
        ("It says: Light is a wave. Sound is one too.", []),
        ("NASA and OpenAI use GPT-4 for it.", ["NASA", "OpenAI", "GPT"]),
        ("I think that Dr. King and I'm sure Louis XIV agree.", ["Louis"]),
        ("He worked for the Royal Society.", ["Royal", "Society"]),
        ("《庄子》里的故事由约翰·肯尼迪讲述", ["庄子", "约翰", "肯尼迪"]),
        ("爱因斯坦提出了它，Python 也有", ["Python", "爱因斯坦"]),
        ("他说的是一般的道理", []),
    ],
)
def test_names_of_a_statement(text: str, found: list[str]) -> None:
    assert names(text) == found


SAID = Said(
    "so john von neumann and the nefertity bust, chat gpt, tim sort, american ships, 牛顿说"
)


@pytest.mark.parametrize(
    "name", ["Neumann", "Nefertiti", "ChatGPT", "Timsort", "America", "牛顿", "John"]
)
def test_a_name_is_said_also_where_it_was_misheard(name: str) -> None:
    assert SAID.has_name(name)


@pytest.mark.parametrize("name", ["Newton", "Nero", "Galileo", "爱因斯坦", "Tom", "Google"])
def test_another_name_is_not(name: str) -> None:
    assert not SAID.has_name(name)


def test_an_abbreviation_is_said_in_full() -> None:
    said = Said("artificial intelligence needs a graphics processing unit, says the team")
    assert said.has_name("AI")
    assert said.has_name("GPU")
    assert not said.has_name("UN")
    assert not said.has_name("NASA")


def test_names_are_counted_as_they_are_spelt() -> None:
    said = Said("Newton saw it. Newton wrote it. newton's law")
    assert said.count("Newton") == 2
