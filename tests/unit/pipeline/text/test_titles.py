"""Titles of chapters from what is said in them."""

from __future__ import annotations

import pytest

from videobatch.pipeline.text.lexicon import lexicon
from videobatch.pipeline.text.titles import phrase_counts, title_of, verbs
from videobatch.records import Utterance


def lines_of(*texts: str) -> list[Utterance]:
    return [Utterance(i, i + 1, text) for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "title"),
    [
        (["The secret is the front wheel.",
          "When it falls to the left, the front wheel moves to the left.",
          "So it comes back to the middle."], "Front wheel"),
        (["The third is carbon dioxide from the air.", "Plants take carbon dioxide in."],
         "Carbon dioxide"),
        (["We use an LED here.", "The LED shines.", "Every LED has two legs."], "LED"),
        (["What is a hash table?", "It keeps names in boxes."], "What is a hash table?"),
        (["So what is that?", "The box is full.", "The box grows."], "Box"),
        (["So what?", "We did it."], None),
        (["今天我们讲水。"], None),
        ([], None),
    ],
)  # fmt: skip
def test_a_title_is_a_noun_phrase_or_a_question(texts: list[str], title: str | None) -> None:
    lines = lines_of(*texts)
    assert title_of(lines, phrase_counts(lines)) == title


def test_what_is_said_everywhere_is_no_title() -> None:
    first = lines_of(*["The network has a cost function."] * 4)
    second = lines_of(
        "The network has a cost function.", *["The network has an edge detector."] * 3
    )
    everywhere = phrase_counts([*first, *second])
    assert title_of(second, everywhere, ["Cost function"]) == "Edge detector"


def test_forms_of_verbs() -> None:
    assert {"moves", "moved", "moving", "fell", "carries", "stopped"} <= verbs()
    assert not {"wheel", "plant", "number", "box", "water", "table"} & verbs()
    assert "dr" in lexicon("titles")
