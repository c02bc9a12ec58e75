"""A page's lines as a person reads them."""

from __future__ import annotations

from itertools import permutations

from tests.support.pages import line, page
from videobatch.pipeline.slides.layout import arrange
from videobatch.records import LineKind, Page, SlideLine

TITLE = line("Simple machines", 60, 50, 44)


def texts(found: tuple[SlideLine, ...]) -> list[str]:
    return [each.text for each in found]


def test_a_heading_comes_first_whatever_the_order_of_the_lines() -> None:
    bullets = [line("lever", 60, 160), line("pulley", 60, 220)]
    for order in permutations([TITLE, *bullets]):
        found = arrange(page(*order))
        assert texts(found) == ["Simple machines", "lever", "pulley"]
        assert [each.kind for each in found] == [LineKind.TITLE, LineKind.TEXT, LineKind.TEXT]


def test_columns_are_read_one_after_the_other() -> None:
    left = [line("first point", 60, 160), line("second point", 60, 260)]
    drawing = [line("load", 600, 130), line("effort", 700, 210), line("fulcrum", 640, 330)]
    found = arrange(page(TITLE, *drawing, *left))
    assert texts(found)[1:] == ["first point", "second point", "load", "effort", "fulcrum"]


def test_a_table_is_read_row_by_row() -> None:
    cells = [
        line(text, left, 160 + 50 * row)
        for row, texts in enumerate((("mass", "2 kg"), ("force", "9 N"), ("work", "5 J")))
        for left, text in zip((60, 400), texts, strict=True)
    ]
    assert texts(arrange(page(TITLE, *reversed(cells))))[1:] == [
        "mass", "2 kg", "force", "9 N", "work", "5 J",
    ]  # fmt: skip


def test_a_line_across_both_columns_parts_what_is_above_it_from_what_is_below() -> None:
    wide = line("a sentence that runs across the whole of the slide", 60, 130)
    left = [line("one", 60, 220), line("two", 60, 300)]
    right = [line("x", 700, 230), line("y", 700, 350), line("z", 720, 410)]
    found = arrange(page(TITLE, wide, *right, *left))
    assert texts(found)[1:] == [wide.text, "one", "two", "x", "y", "z"]


def test_what_the_reader_is_not_sure_of_is_left_out() -> None:
    found = arrange(page(TITLE, line("lever", 60, 160), line("|||", 400, 300, sure=0.3)))
    assert texts(found) == ["Simple machines", "lever"]


def test_no_line_breaks_out_of_its_line() -> None:
    found = arrange(page(line("one\n# two\u202e", 60, 160)))
    assert texts(found) == ["one # two"]


def test_an_empty_page_has_no_lines() -> None:
    assert arrange(Page(960, 540, ())) == ()
