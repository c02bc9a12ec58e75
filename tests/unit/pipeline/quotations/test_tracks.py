"""Quotations in a row of lines."""

from __future__ import annotations

import pytest

from videobatch.pipeline.quotations.folding import folded
from videobatch.pipeline.quotations.tracks import Hit, Track, is_heard

LINES = [
    (0.0, "In ancient times people did not know"),
    (5.0, "why the Nefertity bust was broken and"),
    (10.0, "who had brought it to the museum in Berlin"),
    (15.0, "and the same thing happens every year again"),
    (100.0, "and the same thing happens every year again"),
]
EVER = (0.0, float("inf"))


def found(quote: str, at_s: float = 0.0, between: tuple[float, float] = EVER) -> Hit | None:
    return Track(LINES).find(folded(quote), *between, at_s)


def test_across_lines_and_with_a_word_misheard() -> None:
    assert found("the Nefertiti bust was broken, and who had brought it") == Hit(1, 2, 5.0)
    assert found("Who had brought it to the museum") == Hit(2, 2, 10.0)


def test_the_place_nearest_to_the_second_counts() -> None:
    quote = "the same thing happens every year"
    assert found(quote, 2.0) == Hit(3, 3, 15.0)
    assert found(quote, 90.0) == Hit(4, 4, 100.0)
    assert found(quote, 0.0, (60.0, 120.0)) == Hit(3, 3, 15.0)


@pytest.mark.parametrize(
    "quote",
    [
        "we choose to go to the moon in this decade",
        "the bust was stolen from a palace in the desert",
        "who had brought a lawyer to the museum in Cairo once more",
        "",
    ],
)
def test_what_nobody_said_is_not_found(quote: str) -> None:
    assert found(quote) is None


def test_a_quotation_longer_than_all_that_was_said() -> None:
    track = Track([(0.0, "Yes.")])
    assert track.find(folded("Yes, and a great deal more that nobody said"), *EVER, 0.0) is None
    assert Track([]).find("yes", *EVER, 0.0) is None


@pytest.mark.parametrize(
    ("quote", "said", "holds"),
    [
        ("the brake is new", "the break is new", True),
        ("well the brake you know is new", "the brake is new", True),
        ("penicillin and nuclear power", "penicillin and new clear power", True),
        ("he gave them gold rings and silver", "he gave them the house and silver", False),
        ("无砟轨道直接固定在混凝土板上", "无渣轨道直接固定在混凝土板上", True),
        ("昨天晚上我们去了上海看电影", "昨天晚上我们去了北平听京戏", False),
    ],
)
def test_mishearings_are_words_that_sound_alike(quote: str, said: str, *, holds: bool) -> None:
    assert is_heard(folded(quote), folded(said)) == holds
