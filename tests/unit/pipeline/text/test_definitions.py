"""Terms that a talk defines itself."""

from __future__ import annotations

import pytest

from videobatch.pipeline.text.definitions import Definition, definitions
from videobatch.records import Utterance


def lines_of(*texts: str) -> list[Utterance]:
    return [Utterance(i, i + 1, text) for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["A neap tide is a tide with a small range.", "The neap tide comes twice a month."],
         [("neap tide", "A neap tide is a tide with a small range.", 0)]),
        (["Two names get the same number.", "This is called a collision."],
         [("collision", "Two names get the same number. This is called a collision.", 0)]),
        (["Physicists call the steepest way down the gradient.", "It is a vector."], []),
        (["The water at the far side is called the outer bulge."],
         [("outer bulge", "The water at the far side is called the outer bulge.", 0)]),
        (["The answer is a long one.", "The answer is short."], []),
        (["Is a tide the same?", "This is called a tide."], []),
        (["A dam is a wall."], []),
        (["梯度是一种向量。", "把它叫做梯度，很好。"],
         [("梯度", "梯度是一种向量。", 0)]),
        ([], []),
    ],
)  # fmt: skip
def test_definitions(texts: list[str], expected: list[tuple[str, str, float]]) -> None:
    found = definitions(lines_of(*texts), 5)
    assert found == tuple(Definition(term, text, at_s) for term, text, at_s in expected)


def test_no_more_than_asked_for() -> None:
    assert definitions(lines_of("This drop is called dew."), 0) == ()
