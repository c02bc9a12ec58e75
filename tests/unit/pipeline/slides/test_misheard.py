"""Misheard terms: set right where a slide shows them, and right words left alone."""

from __future__ import annotations

import pytest

from videobatch.pipeline.slides.misheard import correction_remarks, set_right, words_heard
from videobatch.records import (
    Box,
    Correction,
    LineKind,
    RemarkCode,
    SlideLine,
    SlideText,
    Utterance,
    Word,
)

KNOWN = frozenset(
    (
        "is",
        "in",
        "the",
        "light",
        "a",
        "of",
        "and",
        "two",
        "post",
        "photo",
        "system",
        "paxon",
        "tyco",
    )
)
BOX = Box(0, 0, 9, 9)


def slide(*texts: str, start_s: float = 0.0) -> SlideText:
    lines = tuple(SlideLine(text, BOX, 0.99, LineKind.TEXT) for text in texts)
    return SlideText(start_s, start_s + 9, "x.jpg", lines)


def said(text: str, start_s: float = 1.0, sure: float | None = 0.5) -> Utterance:
    words = tuple(
        Word(start_s + at, start_s + at + 1, word, sure) for at, word in enumerate(text.split())
    )
    return Utterance(start_s, start_s + len(words), text, words=words)


def right(one: Utterance, *texts: str, language: str | None = "en") -> Utterance:
    (found,) = set_right([one], language, [slide(*texts)], KNOWN)
    return found


@pytest.mark.parametrize(
    ("heard", "on_slide", "text"),
    [
        ("the silacoid.", "Thylakoid", "the thylakoid."),
        ("Silacoid is", "Thylakoid", "Thylakoid is"),
        ("Colesky's light", "the Cholesky", "Cholesky's light"),
        ("(Krylon)", "Krylov", "(Krylov)"),
        ("the Yorra Niborg.", "Uraniborg", "the Uraniborg."),
        ("the photo system is", "photosystem", "the photosystem is"),
        ("the Post-GreSQL", "PostgreSQL", "the PostgreSQL"),
    ],
)
def test_what_is_nearly_a_term_is_set_right(heard: str, on_slide: str, text: str) -> None:
    found = right(said(heard), on_slide)
    assert found.text == text
    assert " ".join(word.text for word in found.words) == text
    assert len(found.corrections) == 1


@pytest.mark.parametrize(
    ("heard", "on_slide"),
    [
        ("two paxon", "Paxos"),  # a word of the dictionary
        ("the thylakoids", "Thylakoid"),  # another form
        ("the thylakoid", "Thylakoid"),  # right already
        ("alkene and alkane", "Alkane"),  # told apart by who speaks
        ("the silacoid", "Silacoid Thylakoid"),  # a slide has it
        ("the mycicle", "Uraniborg"),  # not near
        ("the krylox", "Krylov Krylon"),  # it may be either
        ("the tyco", "Tycho Brahe"),
        ("the nath", "NADPH"),
    ],
)  # fmt: skip
def test_right_words_are_left_alone(heard: str, on_slide: str) -> None:
    one = said(heard)
    assert right(one, on_slide) == one


@pytest.mark.parametrize("sure", [0.9, None])
def test_what_was_surely_heard_is_left_alone(sure: float | None) -> None:
    one = said("the silacoid", sure=sure)
    assert right(one, "Thylakoid") == one


def test_only_english_is_looked_at() -> None:
    one = said("the silacoid")
    assert right(one, "Thylakoid", language="de") == one
    assert right(one, "Thylakoid", language=None) == one


def test_only_the_slide_of_that_moment_counts() -> None:
    slides = [slide("Thylakoid"), slide("Kubernetes", start_s=60.0)]
    early, late = said("a silacoid", 20.0), said("a silacoid", 90.0)
    found = set_right([early, late], "en", slides, KNOWN)
    assert [each.text for each in found] == ["a thylakoid", "a silacoid"]


def test_words_that_are_not_those_of_the_text_are_left_alone() -> None:
    one = Utterance(0.0, 2.0, "something else", words=(Word(0.0, 1.0, "silacoid", 0.5),))
    assert right(one, "Thylakoid") == one
    bare = Utterance(0.0, 2.0, "the silacoid")
    assert right(bare, "Thylakoid") == bare


def test_what_was_heard_is_kept_and_told() -> None:
    found = right(said("in the Yorra Niborg."), "Uraniborg")
    assert found.corrections == (Correction(3.0, "Yorra Niborg", "Uraniborg"),)
    assert [(word.start_s, word.end_s) for word in found.words] == [(1, 2), (2, 3), (3, 5)]
    (told,) = correction_remarks([found])
    assert told.code is RemarkCode.CORRECTED
    assert (
        'set right a word that was heard nearly as a slide has it: "Yorra Niborg"' in told.message
    )
    assert correction_remarks([said("a light")]) == ()


def test_the_words_that_a_dictionary_is_asked_for() -> None:
    assert words_heard([said("The silacoid, it's (light).")]) == {"the", "silacoid", "it", "light"}
