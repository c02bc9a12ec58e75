"""Which statements say most."""

from __future__ import annotations

import pytest

from videobatch.pipeline.text.ranking import best, text_rank
from videobatch.records import Utterance

CENTRE = "the green leaves of plants turn light into sugar"
LINES = (
    CENTRE,
    "light reaches the leaves of plants",
    "sugar feeds the plants",
    "bicycles need new tyres",
)


def lines(*texts: str, confidence: float | None = None) -> list[Utterance]:
    return [Utterance(float(n), n + 1.0, text, confidence) for n, text in enumerate(texts)]


def test_scores_add_up_and_the_centre_has_the_highest() -> None:
    scores = text_rank([line.split() for line in LINES])
    assert scores.sum() == pytest.approx(1.0)
    assert scores.argmax() == 0
    assert scores.argmin() == 3


def test_nothing_is_ranked_to_nothing() -> None:
    assert text_rank([]).size == 0
    assert best([], 3) == []


@pytest.mark.parametrize(("count", "found"), [(-1, 0), (0, 0), (2, 2), (9, 4)])
def test_as_many_as_are_asked_for_in_their_order(count: int, found: int) -> None:
    chosen = best(lines(*LINES), count)
    assert len(chosen) == found
    assert chosen == sorted(chosen, key=lambda line: line.start_s)


def test_two_that_say_the_same_are_not_both_chosen() -> None:
    chosen = best(lines(CENTRE, CENTRE, "sugar feeds the plants in winter"), 2)
    assert len({line.text for line in chosen}) == 2


def test_of_two_alike_the_one_that_was_heard_surely_is_taken() -> None:
    unsure, sure = Utterance(0.0, 1.0, CENTRE, 0.2), Utterance(1.0, 2.0, CENTRE, 0.9)
    assert best([unsure, sure], 1) == [sure]
