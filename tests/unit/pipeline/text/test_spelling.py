"""How near two words are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.pipeline.text.spelling import edit_distance, sound_key

WORDS = st.text(alphabet="abcdehkpstxy", max_size=8)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("", "", 0),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
        ("colesky", "cholesky", 1),
        ("krylon", "krylov", 1),
    ],
)
def test_letters_that_differ(one: str, other: str, distance: int) -> None:
    assert edit_distance(one, other) == distance


@given(WORDS, WORDS, WORDS)
def test_it_is_a_distance(one: str, other: str, third: str) -> None:
    there = edit_distance(one, other)
    assert there == edit_distance(other, one)
    assert (there == 0) == (one == other)
    assert there <= edit_distance(one, third) + edit_distance(third, other)


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        ("silacoid", "thylakoid", True),
        ("colesky", "Cholesky", True),
        ("yorraniborg", "uraniborg", True),
        ("filosofy", "philosophy", True),
        ("nome", "gnome", True),
        ("krylon", "krylov", False),
        ("bicycle", "mycicle", False),
        ("eigenvalue", "eigenvector", False),
    ],
)
def test_words_that_sound_alike(one: str, other: str, is_alike: bool) -> None:
    assert (sound_key(one) == sound_key(other)) is is_alike
