"""Flash cards: of what a talk defines and says, or of what a language model wrote and is there."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from tests.unit.pipeline.test_document import SAID, TEMPLATES, TIDES, made
from tests.unit.pipeline.text.test_markdown import HOSTILE
from videobatch.pipeline.document import compose
from videobatch.pipeline.quotations.claims import Proof
from videobatch.pipeline.sections.cards import Card, anki
from videobatch.pipeline.sections.written import Written, WrittenQuestion, WrittenTerm
from videobatch.pipeline.templates import check_params
from videobatch.pipeline.text.sentences import statements
from videobatch.records import Coverage, Transcript, Utterance

LONG = replace(TIDES, coverage=Coverage(400.0, 400.0))
TEMPLATE = TEMPLATES["flash_cards"]
WRITTEN = Written(
    "stub pen-1",
    terms=(
        WrittenTerm(50.0, "tidal force", "the difference of two pulls", "q", Proof.FOUND),
        WrittenTerm(40.0, "invented", "of nothing", "q", Proof.MISSING),
    ),
    questions=(
        WrittenQuestion(10.0, "What pulls?", "The moon.", "q", Proof.UNCHECKED),
        WrittenQuestion(12.0, "Who lied?", "Nobody.", "q", Proof.MISSING),
    ),
)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))


def test_a_talk_makes_cards_of_what_it_defines_and_of_statements_with_a_gap() -> None:
    document = made(LONG, "flash_cards")
    fronts = {card.front: card for card in document.cards}
    assert fronts["spring tide"].back.endswith("This is called a spring tide.")
    gapped = [card for card in document.cards if "____" in card.front]
    said = {line.text.casefold() for line in statements(SAID)}
    assert len(gapped) > 1
    for card in gapped:
        assert card.front.replace("____", card.back).casefold() in said
    assert [card.at_s for card in document.cards] == sorted(card.at_s for card in document.cards)
    for card in document.cards:
        assert f"**{card.front}**".replace("_", "\\_") in document.markdown


def test_no_sentence_is_on_two_cards() -> None:
    document = made(LONG, "flash_cards", cards="100")
    sides = [
        card.front.replace("____", card.back) if "____" in card.front else card.back
        for card in document.cards
    ]
    assert len({side.casefold() for side in sides}) == len(sides)


def test_what_a_model_wrote_and_the_video_does_not_bear_out_is_on_none() -> None:
    document = compose(TEMPLATE, check_params(TEMPLATE, {}), LONG, WRITTEN)
    assert document.cards == (
        Card("What pulls?", "The moon.", 10.0),
        Card("tidal force", "the difference of two pulls", 50.0),
    )


def test_at_most_so_many() -> None:
    assert len(made(LONG, "flash_cards", cards="2").cards) == 2


def test_other_templates_have_none() -> None:
    assert made(LONG).cards == ()


def test_a_video_without_words_has_none() -> None:
    assert made(replace(LONG, transcript=None), "flash_cards").cards == ()


def test_the_file_for_anki() -> None:
    text = anki([Card('A "set", says', "holds things\nand more", 75.0)], "Sets :: 1", "flash_cards")
    assert text.splitlines()[:5] == [
        "#separator:Comma",
        "#html:false",
        "#notetype:Basic",
        "#deck:Sets   1",
        "#tags:videobatch flash_cards",
    ]
    assert rows(text) == [['A "set", says', "holds things and more (01:15)"]]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_stay_on_their_card(hostile: str) -> None:
    text = anki([Card(hostile, hostile, 0.0), Card("a", "b", 1.0)], hostile, "flash_cards")
    assert len(text.splitlines()) == 7
    assert all(len(row) == 2 for row in rows(text))
    lines = (*SAID, Utterance(90.0, 95.0, f"{hostile} is called a tidal force."))
    transcript = replace(LONG.transcript, utterances=lines) if LONG.transcript else None
    assert "\n<script" not in made(replace(LONG, transcript=transcript), "flash_cards").markdown


def test_brackets_of_a_chinese_card_are_wide() -> None:
    document = compose(TEMPLATE, check_params(TEMPLATE, {}), LONG, WRITTEN, language="zh")
    assert "- **tidal force**（00:50）  \n  the difference of two pulls" in document.markdown


def test_what_stood_in_a_gap_is_written_as_it_was() -> None:
    said = [
        "We choose Houston because the city stands near the coast.",
        "A traveller reaches Houston by ship and by train.",
        "Ships and trains carry goods to the coast each night.",
    ]
    lines = tuple(Utterance(60.0 * i, 60.0 * i + 9, text) for i, text in enumerate(said * 3))
    material = replace(LONG, transcript=Transcript("en", "stub", lines))
    cards = made(material, "flash_cards").cards
    backs = {card.back for card in cards if "____" in card.front}
    assert {"Houston", "houston"} & backs == {"Houston"}
