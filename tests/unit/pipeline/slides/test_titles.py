"""Headings of slides, and of the chapters that they open."""

from __future__ import annotations

import pytest

from tests.support.pages import HEIGHT, line, slide
from videobatch.pipeline.slides.layout import arrange
from videobatch.pipeline.slides.titles import title_lines, titled
from videobatch.records import Chapter, SlideLine, SlideText

BODY = (line("a bar that turns", 60, 160), line("about a fixed point", 60, 220))


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ((line("The lever", 60, 50, 44), *BODY), ["The lever"]),
        ((line("The lever", 60, 50, 44), line("and the wheel", 60, 100, 42), *BODY),
         ["The lever", "and the wheel"]),
        ((line("杠杆", 60, 50, 44), *BODY), ["杠杆"]),
        # A title page: in the middle, and alone.
        ((line("Simple machines", 200, 240, 60), line("an introduction", 300, 330, 24)),
         ["Simple machines"]),
        # Nothing stands out.
        (BODY, []),
        # A figure is no heading, and the label of a drawing stands too low.
        ((line("42", 60, 50, 60), *BODY), []),
        ((*BODY, line("LOAD", 700, 420, 44)), []),
        ((), []),
    ],
)  # fmt: skip
def test_the_heading(lines: tuple[SlideLine, ...], title: list[str]) -> None:
    assert [each.text for each in title_lines(lines, HEIGHT)] == title


def shown(start_s: float, title: str) -> SlideText:
    return SlideText(start_s, start_s + 9, "a.jpg", arrange(slide(title, "one line", "another")))


CHAPTERS = (
    Chapter(0.0, 60.0, "Bar, fixed point"),
    Chapter(60.0, 120.0, "Rope, load"),
    Chapter(120.0, 180.0, "Plane, slope"),
)


def test_a_chapter_is_called_as_the_slide_that_opens_it() -> None:
    slides = [shown(0.0, "The lever"), shown(64.0, "The pulley"), shown(90.0, "Two pulleys")]
    found = titled(CHAPTERS, slides)
    assert [chapter.title for chapter in found] == ["The lever", "The pulley", "Plane, slope"]
    assert [(x.start_s, x.end_s) for x in found] == [(x.start_s, x.end_s) for x in CHAPTERS]


def test_of_two_slides_the_nearer_one_opens_the_chapter() -> None:
    slides = [shown(52.0, "A word in between"), shown(61.0, "The pulley")]
    assert titled(CHAPTERS, slides)[1].title == "The pulley"


def test_one_slide_opens_one_chapter() -> None:
    short = (Chapter(0.0, 20.0, "First"), Chapter(20.0, 40.0, "Second"))
    assert [x.title for x in titled(short, [shown(10.0, "Between")])] == ["Between", "Second"]


def test_without_slides_the_titles_stay() -> None:
    assert titled(CHAPTERS, []) == CHAPTERS
    plain = SlideText(60.0, 70.0, "a.jpg", BODY)
    assert titled(CHAPTERS, [plain]) == CHAPTERS
