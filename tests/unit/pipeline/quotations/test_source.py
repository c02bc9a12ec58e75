"""Statements held against what was said and shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pages import slide
from videobatch.pipeline.quotations.claims import Claim, Finding, Proof
from videobatch.pipeline.quotations.source import NO_QUOTE, NOT_SAID, SHORT_QUOTE, TORN, Source
from videobatch.pipeline.slides.layout import arrange
from videobatch.records import SlideText, Utterance

SAID = (
    "The lever was known to Archimedes in Syracuse.",
    "He said that he could move the whole world with it.",
    "A force of nine newtons lifts a box of ninety newtons here.",
    "That was about two thousand two hundred years ago.",
    "Now let us look at the pulley, which is a wheel with a rope.",
    "In nineteen oh three a crane in Hamburg lifted a hundred and fifty tons.",
)
LINES = tuple(Utterance(60.0 * i, 60.0 * i + 8, text) for i, text in enumerate(SAID))
SLIDES = (SlideText(115.0, 130.0, "a.jpg", arrange(slide("Levers", "F2 = 90 N", "Leverage: 10"))),)
SOURCE = Source(LINES, SLIDES, "Simple machines")
CLAIM = Claim(60.0, "He claimed that he could move the world.", "he could move the whole world")


def test_a_quotation_near_its_second_is_found() -> None:
    assert SOURCE.check(CLAIM) == Finding(Proof.FOUND, 60.0)
    assert SOURCE.check(replace(CLAIM, at_s=80.0)) == Finding(Proof.FOUND, 80.0)


def test_a_wrong_second_is_mended() -> None:
    assert SOURCE.check(replace(CLAIM, at_s=299.0)) == Finding(Proof.MOVED, 60.0)


def test_what_stands_on_a_slide_was_shown() -> None:
    claim = Claim(120.0, "The leverage is 10.", "F2 = 90 N Leverage: 10")
    assert SOURCE.check(claim).proof is Proof.FOUND


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"quote": ""}, NO_QUOTE),
        ({"quote": " … "}, NO_QUOTE),
        ({"quote": "the"}, SHORT_QUOTE),
        ({"quote": "the whole world is a stage and we play"}, NOT_SAID),
        ({"quote": "move the whole world … lifted a hundred and fifty tons"}, TORN),
        ({"text": "He said so 35 times."}, "35 is not said there"),
        ({"text": "He said so to Hannibal once."}, "Hannibal is not said there"),
        ({"term": "gearbox"}, "the term gearbox is not said"),
    ],
)
def test_what_is_missing_has_a_reason(change: dict[str, str], reason: str) -> None:
    found = SOURCE.check(replace(CLAIM, **change))  # type: ignore[arg-type]
    assert found == Finding(Proof.MISSING, 60.0, reason)


def test_a_figure_in_the_quotation_is_one_that_was_said() -> None:
    claim = Claim(
        120.0, "It lifts a box.", "a force of seven newtons lifts a box of ninety newtons"
    )
    assert SOURCE.check(claim).reason == "7 is quoted and was not said there"


def test_figures_are_looked_for_around_and_in_general_ones_anywhere() -> None:
    claim = Claim(0.0, "It is about levers and 150 tons.", "The lever was known to Archimedes")
    assert SOURCE.check(claim).reason == "150 is not said there"
    assert SOURCE.check(replace(claim, is_general=True)).proof is Proof.FOUND


@pytest.mark.parametrize("number", ["25", "20", "five"])
def test_a_number_across_two_lines_is_read_in_both_ways(number: str) -> None:
    lines = (Utterance(0.0, 4.0, "and then there came about twenty"), Utterance(
        4.0, 8.0, "five people who had heard of it"))  # fmt: skip
    claim = Claim(0.0, f"In all {number} men came.", "who had heard of it")
    assert Source(lines).check(claim).proof is Proof.FOUND


def test_the_parts_of_a_quotation_with_a_gap() -> None:
    claim = replace(CLAIM, quote="he could move ... world with it")
    assert SOURCE.check(claim).proof is Proof.FOUND


def test_names_of_another_script_are_not_looked_for() -> None:
    said = Source((Utterance(0.0, 9.0, "今天我们来讲牛顿的三条定律和它们的用处"),))
    claim = Claim(0.0, "It is about the laws of Newton.", "我们来讲牛顿的三条定律")
    assert said.check(claim).proof is Proof.FOUND
    chinese = Claim(0.0, "阿基米德说能移动世界。", "he could move the whole world")
    assert SOURCE.check(chinese).proof is Proof.MOVED


# A number that is cut in the middle is another one.
@given(st.sampled_from([0, 1, 4]), st.data())
def test_any_piece_of_a_line_is_found(place: int, data: st.DataObject) -> None:
    words = SAID[place].split()
    begin = data.draw(st.integers(0, len(words) - 5))
    end = data.draw(st.integers(begin + 5, len(words)))
    quote = " ".join(words[begin:end])
    found = SOURCE.check(Claim(60.0 * place, "So it is.", quote))
    assert found == Finding(Proof.FOUND, 60.0 * place)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_has_an_answer(text: str, quote: str) -> None:
    assert SOURCE.check(Claim(5.0, text, quote)).proof in set(Proof)
