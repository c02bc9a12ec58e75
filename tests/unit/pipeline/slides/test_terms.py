"""The terms of slides that a recogniser is told."""

from __future__ import annotations

import pytest

from videobatch.pipeline.slides.terms import (
    MOST_CHARS,
    MOST_TERMS,
    Term,
    terms_for,
    terms_of,
    words_on,
)
from videobatch.records import Box, LineKind, SlideLine, SlideText

BOX = Box(0, 0, 100, 20)
# All other words of these tests are not in the dictionary.
KNOWN = frozenset(
    word
    for line in (
        "always answer bicycle box castle caught circle fast front has hash island its johannes",
        "kepler lamport leslie light log move names number numbers question share state table",
        "tables twenty wheel writes",
    )
    for word in line.split()
)


def slide(
    *texts: str,
    title: str = "",
    start_s: float = 0.0,
    kind: LineKind = LineKind.TEXT,
    sure: float = 0.99,
) -> SlideText:
    heading = (SlideLine(title, BOX, sure, LineKind.TITLE),) if title else ()
    lines = tuple(SlideLine(text, BOX, sure, kind) for text in texts)
    return SlideText(start_s, start_s + 9, "x.jpg", (*heading, *lines))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Light is caught in the thylakoid", ["thylakoid"]),
        ("Tycho Brahe, on his island", ["Tycho Brahe"]),
        ("the castle of Kepler", ["Kepler"]),
        ("The Rudolphine Tables", ["Rudolphine Tables"]),
        ("PostgreSQL writes its log", ["PostgreSQL"]),
        ("state in etcd and HTTP2", ["etcd", "HTTP2"]),
        ("Gram-Schmidt", ["Gram-Schmidt"]),
        ("Leslie Lamport", ["Leslie Lamport"]),
        ("the bicycles move fast", []),
        ("Always The Answer Is A Box", []),
        ("LIGHT IS FAST", []),
        ("1956, 20 % of 3", []),
        ("光合作用 发生在 Thylakoid 中", ["Thylakoid"]),
        ("", []),
    ],
)
def test_rare_words_and_names_are_terms(line: str, found: list[str]) -> None:
    assert [term.text for term in terms_of([slide(line)], KNOWN)] == found


def test_a_heading_is_told_where_it_says_something() -> None:
    slides = [slide(title="The front wheel"), slide(title="Bicycle"), slide(title="Box, fast")]
    assert {term.text for term in terms_of(slides, KNOWN)} == {"front wheel", "Bicycle"}


def test_rare_words_come_before_names_and_headings() -> None:
    found = terms_of(
        [slide("the castle of Kepler", "state in etcd", title="The hash table")], KNOWN
    )
    assert [term.text for term in found] == ["etcd", "Kepler", "hash table"]


@pytest.mark.parametrize(("kind", "sure"), [
    (LineKind.CODE, 0.99), (LineKind.MARGIN, 0.99), (LineKind.TEXT, 0.7),
])  # fmt: skip
def test_programs_footers_and_doubtful_lines_tell_nothing(kind: LineKind, sure: float) -> None:
    assert terms_of([slide("thylakoid", kind=kind, sure=sure)], KNOWN) == ()


def test_a_segment_is_told_its_own_slides_first_and_rare_words_of_others() -> None:
    slides = [
        slide("etcd", title="The front wheel"),
        slide("thylakoid", title="The hash table", start_s=100.0),
    ]
    terms = terms_of(slides, KNOWN)
    assert terms_for(terms, 0.0, 50.0) == ("etcd", "front wheel", "thylakoid")
    assert terms_for(terms, 120.0, 180.0) == ("thylakoid", "hash table", "etcd")
    # One speaks of a slide a moment before it comes.
    assert terms_for(terms, 60.0, 98.0) == ("etcd", "thylakoid", "front wheel", "hash table")


def test_no_more_is_told_than_may_be() -> None:
    many = [Term(f"Aphelion{n}", 3, ((0.0, 9.0),)) for n in range(40)]
    long = [Term(f"{n}" + "x" * 60, 3, ((0.0, 9.0),)) for n in range(40)]
    assert len(terms_for(many, 0.0, 9.0)) == MOST_TERMS
    assert sum(map(len, terms_for(long, 0.0, 9.0))) <= MOST_CHARS


def test_a_part_of_what_is_told_is_not_told_again() -> None:
    terms = terms_of([slide("Tycho Brahe"), slide("with Brahe")], KNOWN)
    assert terms_for(terms, 0.0, 9.0) == ("Tycho Brahe",)


def test_equal_slides_give_equal_terms() -> None:
    slides = [slide("Tycho Brahe", "etcd", "Paxos"), slide("etcd", start_s=9.0)]
    assert terms_of(slides, sorted(KNOWN)) == terms_of(slides, KNOWN)
    assert terms_of([], KNOWN) == ()
    assert words_on(slides) == {"tycho", "brahe", "etcd", "paxos"}
