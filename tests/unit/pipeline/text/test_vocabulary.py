"""Terms of a glossary in a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from videobatch.pipeline.text.vocabulary import explained, first_shown, fold, introduced, occurs
from videobatch.records import GlossaryTerm, TranslatedLine, Translation, Utterance

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


def told(terms: Sequence[GlossaryTerm], *sources: str) -> Translation:
    """A translation of lines that were said so, a second each."""
    cues = tuple(
        TranslatedLine(1000 * n, 1000 * n + 1000, (source,), "") for n, source in enumerate(sources)
    )
    return Translation("zh", "a model", cues, tuple(terms))


def test_each_term_is_explained_where_it_stands_first_and_only_there() -> None:
    said = lines("先看梯度下降。", "那么梯度下降用到梯度。", "梯度是方向。")
    translation = told([DESCENT], "Gradient descent first.", "So gradient descent.", "Gradient.")
    texts = [line.text for line in explained(said, translation)]
    assert texts == ["先看gradient descent（梯度下降：沿坡下行）。", said[1].text, said[2].text]
    assert [line.start_s for line in explained(said, translation)] == [0.0, 1.0, 2.0]


def test_the_shorter_term_has_no_place_inside_the_longer_one() -> None:
    said = lines("梯度下降好。", "再说梯度。")
    sources = ("Gradient descent is good.", "And now the gradient.")
    assert first_shown(said, told([GRADIENT, DESCENT], *sources)) == {
        "gradient descent": (0, 0),
        "gradient": (1, 2),
    }
    assert explained(said, told((), *sources)) == said


@pytest.mark.parametrize(
    ("term", "translation", "texts", "sources", "spot"),
    [
        # A part of another word is no place, and neither is a line whose original lacks it.
        ("class", "类", ["人类在学，这个类很小。"], ["People learn; a class is small."], (0, 7)),
        ("root", "根", ["树的根。", "二。", "三。", "求它的根。"], ["a", "b", "c", "root"], (3, 3)),
        ("A", "A", ["打开API，看A。"], ["Open the API, look at A."], (0, 7)),
        ("AI", "AI", ["EMAIL。"], ["AI mail"], None),
        # Sentences are ordered otherwise: the cue before or after will do.
        ("loop", "循环", ["循环在这里。", "就是它。"], ["It is here.", "The loop."], (0, 0)),
        ("loop", "循环", ["循环在这里。", "就是它。"], ["It is here.", "The rope."], None),
    ],
)  # fmt: skip
def test_a_term_stands_where_it_was_said_and_is_a_word_there(
    term: str,
    translation: str,
    texts: list[str],
    sources: list[str],
    spot: tuple[int, int] | None,
) -> None:
    found = first_shown(lines(*texts), told([GlossaryTerm(term, translation)], *sources))
    assert found == ({} if spot is None else {term: spot})


def test_lines_that_nobody_translated_are_left_as_they_were_said() -> None:
    said = lines("这个类很小。", "这个类很小。")
    translation = told([GlossaryTerm("class", "类")], "这个class很小。", "This class is small.")
    first, second = translation.lines
    kept = replace(translation, lines=(replace(first, is_translated=False), second))
    assert first_shown(said[:1], kept) == {}
    assert first_shown(said, kept) == {"class": (1, 2)}


def test_a_name_that_is_its_own_translation_is_not_told_twice() -> None:
    assert introduced(GlossaryTerm("Python", "python")) == "Python"
    assert introduced(GlossaryTerm("Python", "Python", "一种语言")) == "Python（一种语言）"
