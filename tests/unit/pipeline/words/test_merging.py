"""A few subtitles among what was heard."""

from __future__ import annotations

import pytest

from videobatch.pipeline.words.merging import with_subtitles
from videobatch.pipeline.words.subtitle_choice import SubtitleChoice
from videobatch.records import Transcript, Utterance


def said(start_s: float, text: str, lasts_s: float = 2.0) -> Utterance:
    return Utterance(start_s, start_s + lasts_s, text)


HEARD = Transcript(
    "en", "pocketsphinx", (said(0.0, "the leaves are green"), said(10.0, "sugar feeds plants"))
)


def merged(*added: Utterance, language: str = "en", is_leading: bool = False) -> list[str]:
    found = SubtitleChoice(None, added, language, is_leading=is_leading)
    return [each.text for each in with_subtitles(HEARD, found).utterances]


def test_what_was_not_heard_is_put_at_its_time() -> None:
    assert merged(said(5.0, "a sign in Latin")) == [
        "the leaves are green",
        "a sign in Latin",
        "sugar feeds plants",
    ]


@pytest.mark.parametrize("start_s", [0.0, 3.0])
def test_what_was_heard_so_near_is_not_said_twice(start_s: float) -> None:
    assert len(merged(said(start_s, "the leaves are very green"))) == 2


def test_the_same_words_much_later_are_said_again() -> None:
    assert len(merged(said(30.0, "the leaves are green"))) == 3


def test_leading_subtitles_take_the_place_of_what_was_heard_beneath_them() -> None:
    assert merged(said(0.0, "The leaves: they glow."), is_leading=True) == [
        "The leaves: they glow.",
        "sugar feeds plants",
    ]


def test_those_in_another_language_are_left_out() -> None:
    assert len(merged(said(5.0, "die Blätter"), language="de")) == 2
