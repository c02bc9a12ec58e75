"""Speech in which there is no word."""

from __future__ import annotations

import pytest

from videobatch.records import Word
from videobatch.speech.recognisers.whisper.covering import uncovered
from videobatch.speech.recognisers.whisper.stretches import Stretch


def words(*times: tuple[float, float]) -> list[Word]:
    return [Word(start, end, "word") for start, end in times]


@pytest.mark.parametrize(
    ("speech", "said", "missing"),
    [
        ([(0, 10)], [], [(0, 10)]),
        ([(0, 3)], [(0, 0.5), (1, 1.5), (2, 2.5)], []),
        # A run that vanished between two words.
        ([(0, 30)], [(0, 1), (1, 2), (28, 29), (29, 30)], [(2.6, 27.4)]),
        # One that hides below a word which no one speaks so slowly.
        ([(0, 12)], [(0, 1), (1, 11), (11, 12)], [(2.8, 10.4)]),
        # A breath is no loss, nor is what lies outside of speech.
        ([(0, 4), (20, 21)], [(0, 1), (2.4, 4), (20, 21)], []),
        ([(0, 1), (1.5, 5)], [(0, 1)], [(1.6, 5)]),
    ],
)
def test_what_has_no_words(
    speech: list[tuple[float, float]],
    said: list[tuple[float, float]],
    missing: list[tuple[float, float]],
) -> None:
    found = uncovered([Stretch(*each) for each in speech], words(*said))
    assert [(round(f.start_s, 2), round(f.end_s, 2)) for f in found] == missing
