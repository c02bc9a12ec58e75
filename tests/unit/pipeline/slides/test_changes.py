"""One slide follows another where other things stand on it."""

from __future__ import annotations

from dataclasses import replace

from tests.support.pages import HEIGHT, line, page, slide
from videobatch.pipeline.slides.changes import (
    heading_changes_s,
    is_same,
    slides_of,
    without_margins,
)
from videobatch.pipeline.slides.layout import arrange
from videobatch.records import LineKind, Page, SlideText


def still(at_s: float, found: Page) -> SlideText:
    return SlideText(at_s - 5, at_s, f"{at_s:.0f}.jpg", arrange(found))


LEVER = slide("The lever", "a bar that turns", "about a fixed point", "lifts a load")
PULLEY = slide("The pulley", "a rope over a wheel", "turns a pull around")


def test_other_text_is_another_slide() -> None:
    assert [x.title for x in slides_of([still(10, LEVER), still(20, PULLEY)])] == [
        "The lever", "The pulley",
    ]  # fmt: skip


def test_a_slide_that_fills_up_is_one_with_its_fullest_text() -> None:
    steps = [Page(LEVER.width, LEVER.height, LEVER.lines[:count]) for count in (2, 3, 4)]
    (found,) = slides_of([still(10 * i, each) for i, each in enumerate(steps, 1)])
    assert (found.start_s, found.at_s, len(found.lines)) == (5.0, 30.0, 4)


def test_the_lecturer_in_between_does_not_count_and_the_slide_returns() -> None:
    found = slides_of([still(10, LEVER), still(20, page()), still(30, LEVER)])
    assert [x.start_s for x in found] == [5.0, 25.0]
    assert is_same(*found)


def test_equal_lines_below_another_heading_are_another_slide() -> None:
    other = slide("The wheel", "a bar that turns", "about a fixed point", "lifts a load")
    assert len(slides_of([still(10, LEVER), still(20, other)])) == 2


def test_the_footer_is_told_from_the_slide_whatever_its_number() -> None:
    pages = [
        Page(each.width, each.height, (*each.lines, line(f"Physics · {i} / 3", 60, 510, 14)))
        for i, each in enumerate((LEVER, PULLEY, slide("The plane", "a slope")), 1)
    ]
    found = without_margins([still(10 * i, each) for i, each in enumerate(pages, 1)], HEIGHT)
    for each in found:
        assert [x.text[:7] for x in each.lines if x.kind is LineKind.MARGIN] == ["Physics"]
        assert not any("Physics" in x.text for x in each.body)
    assert found[0].title == "The lever"


def test_a_line_that_returns_in_the_middle_is_no_footer() -> None:
    pages = [slide(title, "the same line") for title in ("One thing", "Two things", "Three more")]
    stills = [still(10 * i, each) for i, each in enumerate(pages, 1)]
    assert without_margins(stills, HEIGHT) == tuple(stills)


def test_two_slides_are_too_few_to_tell() -> None:
    foot = line("Physics", 60, 510, 14)
    pages = [replace(each, lines=(*each.lines, foot)) for each in (LEVER, PULLEY)]
    stills = [still(10 * i, each) for i, each in enumerate(pages, 1)]
    assert without_margins(stills, HEIGHT) == tuple(stills)


def test_headings_that_change_and_those_that_stay() -> None:
    fuller = Page(LEVER.width, LEVER.height, LEVER.lines[:3])
    bare = page(line("no heading at all", 60, 300), line("but text", 60, 360))
    stills = [still(10, fuller), still(20, LEVER), still(30, bare), still(40, LEVER)]
    assert heading_changes_s(stills) == ()
    assert heading_changes_s([*stills, still(50, PULLEY), still(60, LEVER)]) == (45.0, 55.0)
    assert heading_changes_s([]) == ()
