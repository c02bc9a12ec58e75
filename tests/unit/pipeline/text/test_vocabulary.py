"""Terms of a glossary in a text."""

from __future__ import annotations

import pytest

from videobatch.pipeline.text.vocabulary import explained, first_shown, fold, introduced, occurs
from videobatch.records import GlossaryTerm, Utterance

DESCENT = GlossaryTerm("gradient descent", "梯度下降", "沿坡下行")
GRADIENT = GlossaryTerm("gradient", "梯度")


@pytest.mark.parametrize(
    ("term", "text", "is_there"),
    [
        ("gradient descent", "By Gradient  Descent, then.", True),
        ("gradient descent", "gradient-descent is one", True),
        ("gradient", "all the gradients", True),
        ("loss", "the losses", True),
        ("net", "the network", False),
        ("net", "planet", False),
        ("C++", "in C++ it is", True),
        ("梯度", "这是梯度下降", True),
        ("", "anything", False),
    ],
)
def test_a_term_occurs_as_whole_words(term: str, text: str, is_there: bool) -> None:
    assert occurs(term, text) is is_there


def test_a_term_is_known_again_without_case_and_spaces() -> None:
    assert fold("  Gradient\tDescent ") == fold("gradient descent")


def lines(*texts: str) -> tuple[Utterance, ...]:
    return tuple(Utterance(float(n), n + 1.0, text) for n, text in enumerate(texts))


def test_each_term_is_explained_where_it_stands_first_and_only_there() -> None:
    said = lines("先看梯度下降。", "那么梯度下降用到梯度。", "梯度是方向。")
    texts = [line.text for line in explained(said, [DESCENT])]
    assert texts == ["先看gradient descent（梯度下降：沿坡下行）。", said[1].text, said[2].text]
    assert [line.start_s for line in explained(said, [DESCENT])] == [0.0, 1.0, 2.0]


def test_the_shorter_term_has_no_place_inside_the_longer_one() -> None:
    said = lines("梯度下降好。", "再说梯度。")
    assert first_shown(said, [GRADIENT, DESCENT]) == {
        "gradient descent": (0, 0),
        "gradient": (1, 2),
    }
    assert explained(said, ()) == said


def test_a_name_that_is_its_own_translation_is_not_told_twice() -> None:
    assert introduced(GlossaryTerm("Python", "python")) == "Python"
    assert introduced(GlossaryTerm("Python", "Python", "一种语言")) == "Python（一种语言）"
