"""Code on a slide is told from sentences, and indented as it stood there."""

from __future__ import annotations

import pytest

from tests.support.pages import CELL, line, page
from videobatch.pipeline.slides.layout import arrange
from videobatch.records import LineKind, SlideLine

HEIGHT = 22.0
PYTHON = """\
def total(prices):
    found = 0
    for price in prices:
        if price > 0:
            found += price
    return found"""
C = """\
int main(void) {
  int n = 3;
  while (n > 0) {
    n--;
  }
  return 0;
}"""
SQL = """\
SELECT name, price
FROM goods
WHERE price > 10
ORDER BY name;"""


def drawn(program: str, left: float = 100.0, top: float = 140.0) -> list[SlideLine]:
    """The program as a reader finds it: each line a box, where its first character stands."""
    found = []
    for row, text in enumerate(program.splitlines()):
        bare = text.lstrip(" ")
        indent = (len(text) - len(bare)) * CELL * HEIGHT
        found.append(line(bare, left + indent, top + 30 * row, HEIGHT))
    return found


@pytest.mark.parametrize("program", [PYTHON, C], ids=["python", "c"])
def test_a_program_gets_its_indentation_back(program: str) -> None:
    found = arrange(page(line("A program", 60, 40, 44), *reversed(drawn(program))))
    code = [each for each in found if each.kind is LineKind.CODE]
    assert "\n".join(each.text for each in code) == program


def test_a_query_is_code() -> None:
    found = arrange(page(*drawn(SQL)))
    assert [each.kind for each in found].count(LineKind.CODE) >= 3


def test_the_parts_of_a_row_keep_their_distance() -> None:
    rows = drawn(PYTHON)
    gap = 3 * CELL * HEIGHT
    comment = line("# no price yet", rows[1].box.right + gap, rows[1].box.top, HEIGHT)
    found = arrange(page(*rows, comment))
    assert found[1].text == "    found = 0   # no price yet"


@pytest.mark.parametrize(
    "texts",
    [
        ("A lever is a bar that turns", "Force (in newtons) times its arm", "Give me a place"),
        ("for a long load: a lever", "while it turns, it lifts", "return to the start"),
        ("import duties rose in 1930", "trade fell by half", "prices followed"),
        ("杠杆是能绕固定点转动的硬棒", "动力乘以动力臂", "等于阻力乘以阻力臂"),
        ("x = 3",),
    ],
)
def test_sentences_are_no_code(texts: tuple[str, ...]) -> None:
    lines = [line(text, 60, 150 + 50 * i) for i, text in enumerate(texts)]
    assert {each.kind for each in arrange(page(*lines))} == {LineKind.TEXT}


def test_a_sentence_above_a_program_is_none_of_it() -> None:
    above = line("The sum of all prices that are known", 100, 100, HEIGHT)
    found = arrange(page(above, *drawn(PYTHON)))
    assert found[0].kind is LineKind.TEXT
    assert [each.text for each in found[1:]] == PYTHON.splitlines()
