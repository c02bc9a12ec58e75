"""Slides in a document: their text as Markdown, each once."""

from __future__ import annotations

from tests.support.pages import line, page, slide
from videobatch.pipeline.sections.slides import once_each, slide_block
from videobatch.pipeline.slides.layout import arrange
from videobatch.pipeline.text.phrases import PHRASES
from videobatch.records import Page, SlideText

ENGLISH = PHRASES["en"]


def shown(found: Page, at_s: float = 9.0) -> SlideText:
    return SlideText(0.0, at_s, "a.jpg", arrange(found))


def test_a_slide_is_a_quotation_with_its_heading_and_lines() -> None:
    found = slide_block(shown(slide("The lever", "• turns", "*lifts*")), ENGLISH)
    assert found == "> On the slide: **The lever**\n>\n> - turns\n> - \\*lifts\\*"


def test_without_a_heading_the_lines_stand_alone() -> None:
    lines = [line(text, 60, 160 + 60 * i) for i, text in enumerate(("one", "two", "three"))]
    found = slide_block(shown(page(*lines)), PHRASES["zh"])
    assert found == "> 幻灯片：\n>\n> - one\n> - two\n> - three"


def test_code_stands_between_fences_longer_than_what_it_holds() -> None:
    program = ("def f(x):", "    return `x`;", "```", "print(f(1))")
    lines = [
        line(text.strip(), 100 + 11 * (len(text) - len(text.lstrip())), 150 + 30 * i, 22)
        for i, text in enumerate(program)
    ]
    found = slide_block(shown(page(line("Code", 60, 40, 44), *lines)), ENGLISH)
    assert found.splitlines()[2:] == [
        "> ````", "> def f(x):", ">     return `x`;", "> ```", "> print(f(1))", "> ````",
    ]  # fmt: skip


def test_an_empty_slide_is_nothing() -> None:
    assert slide_block(shown(page()), ENGLISH) == ""


def test_a_slide_that_returns_is_shown_once() -> None:
    lever, wheel = slide("The lever", "turns"), slide("The wheel", "rolls")
    all_shown = [shown(each, at) for each, at in ((lever, 9.0), (wheel, 19.0), (lever, 29.0))]
    assert [each.at_s for each in once_each(all_shown)] == [9.0, 19.0]
