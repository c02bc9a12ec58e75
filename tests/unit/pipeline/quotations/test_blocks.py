"""Formulas and code, held against what was said and what slides show."""

from __future__ import annotations

import pytest

from tests.support.pages import slide
from videobatch.pipeline.blocks.kinds import Kind
from videobatch.pipeline.quotations.blocks import cells_of, objection, written_numbers
from videobatch.pipeline.quotations.claims import Claim, Proof
from videobatch.pipeline.quotations.names import Said
from videobatch.pipeline.quotations.source import Source
from videobatch.pipeline.slides.layout import arrange
from videobatch.records import SlideText, Utterance

SAID = Said(
    "We call binary search with a list of numbers, and x squared plus ninety. def middle(numbers):"
)
KNOWN = frozenset({90.0, 5.0})


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (Kind.FORMULA, "x^2 + 90 = 1", ""),
        (Kind.FORMULA, "x^3", "3 is neither said nor shown there"),
        (Kind.FORMULA, "x_1 = 91", "91 is neither said nor shown there"),
        (Kind.FORMULA, "x^2 = 0.5", "0.5 is neither said nor shown there"),
        (Kind.CODE, "binary_search(numbers, 90)", ""),
        (Kind.CODE, "binarySearch(numbers)[0]", ""),
        (Kind.CODE, "for i2 in range(5):\n    print(middle)  # 目录 of everything", ""),
        (Kind.CODE, "numbers[7]", "7 is neither said nor shown there"),
        (Kind.CODE, "quick_sort(items, pivot)", "quick_sort is neither said nor shown"),
        (Kind.CODE, "middle(numbers, key='anything at all goes')", ""),
    ],
)
def test_numbers_and_names_are_looked_for(kind: Kind, text: str, reason: str) -> None:
    assert objection(kind, text, SAID, KNOWN) == reason


def test_numbers_of_a_slide_are_those_within_its_formulas() -> None:
    assert written_numbers("3x² + 10.5y = F12") == {3.0, 2.0, 10.5, 12.0}


def test_what_begins_a_cell_or_an_item_is_no_name() -> None:
    assert cells_of("Step | Name\n1. Gauss | C++") == "step. name. gauss. C++"
    assert cells_of("- One\n\n12) two") == "one. two"


LINES = (
    Utterance(0.0, 5.0, "Now we solve this equation by taking away five on both sides of it."),
    Utterance(200.0, 205.0, "And the answer to the whole of it is fifteen, as you can see here."),
)
SOURCE = Source(LINES, (SlideText(0.0, 1.0, "a.jpg", arrange(slide("3x + 5 = 20"))),))
QUOTE = "we solve this equation by taking away five"


@pytest.mark.parametrize(
    ("kind", "text", "quote", "proof"),
    [
        (Kind.FORMULA, "3x + 5 = 20", QUOTE, Proof.FOUND),
        (Kind.FORMULA, "3x + 5 = 21", QUOTE, Proof.MISSING),
        (Kind.FORMULA, "3x + 5 = 20", "nobody ever said a thing like that here", Proof.MISSING),
        (Kind.FORMULA, "x = 15", QUOTE, Proof.MISSING),
        (Kind.TABLE, cells_of("Step | Result\nTaking away | 5"), QUOTE, Proof.FOUND),
        (Kind.LIST, cells_of("1. Take away\n2. Take away 6"), QUOTE, Proof.MISSING),
    ],
)
def test_a_block_without_evidence_is_missing(
    kind: Kind, text: str, quote: str, proof: Proof
) -> None:
    assert SOURCE.check(Claim(0.0, text, quote, kind=kind)).proof is proof
