"""Formulas as MathML: what a browser gets of them, and what it never does."""

from __future__ import annotations

import re
import threading
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.pipeline.blocks import formulas
from videobatch.pipeline.blocks.formulas import MOST_CHARS, formula
from videobatch.pipeline.blocks.mathml import ATTRIBUTES, TAGS, mathml

# Commands that are none by themselves.
FORMS = [
    "\\{}",
    "\\{}(",
    "\\{} a",
    "\\{}{{a}}{{b}}",
    "a\\{}",
    r"\sum\{}_a",
    r"\begin{{array}}{{c}}\{} a\end{{array}}",
]
PAIRED = {"left", "right", "middle", "begin", "end"}


class Seen(HTMLParser):
    """The tags, attributes and text of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_formula_is_an_element_of_its_own() -> None:
    set_ = mathml(r"\frac{1}{2}", is_display=True)
    assert set_ == '<math display="block"><mfrac><mn>1</mn><mn>2</mn></mfrac></math>'
    assert (mathml("x", is_display=False) or "").startswith("<math><mi>x</mi>")


def test_columns_stand_to_their_side_without_a_style() -> None:
    set_ = mathml(r"\begin{aligned} a &= b \\ c &= d \end{aligned}", is_display=True) or ""
    assert set_.count('class="right"') == set_.count('class="left"') == 2
    assert " style=" not in set_


@pytest.mark.parametrize("latex", [r"\frac{a}", "x^2^3", r"\nothing", "a & b", "{"])
def test_what_cannot_be_set_is_none(latex: str) -> None:
    assert mathml(latex, is_display=False) is None


@pytest.mark.parametrize("command", sorted(formulas._known("commands") - PAIRED))
def test_each_command_of_the_list_can_be_set(command: str) -> None:
    written = [form.format(command) for form in FORMS]
    assert any(formula(latex, is_display=True) for latex in written)


@pytest.mark.parametrize("name", sorted(formulas._known("environments")))
def test_each_environment_of_the_list_can_be_set(name: str) -> None:
    inner = "a" if "gather" in name or "equation" in name else r"a & b \\ c & d"
    columns = "{cc}" if name == "array" else ""
    latex = rf"\begin{{{name}}}{columns} {inner} \end{{{name}}}"
    assert formula(latex, is_display=True)


PARTS = (
    r"\text{ \operatorname{ { } a < > & ' </math> <script> \% 1 ^ _ \frac \sqrt α \left( \right)"
)


@given(st.lists(st.sampled_from(PARTS.split(" ")), max_size=20))
def test_a_browser_gets_tags_of_the_list_alone(parts: list[str]) -> None:
    for is_display in (True, False):
        set_ = mathml("".join(parts), is_display=is_display)
        if set_ is not None:
            seen = Seen(set_)
            assert seen.tags <= TAGS
            assert seen.attributes <= {*ATTRIBUTES, "class"}


@pytest.mark.parametrize("command", ["sqrt", "hat", "boxed", "frac", "bar"])
def test_the_longest_formula_needs_no_more_stack_than_a_thread_has(command: str) -> None:
    latex = (f"\\{command} " * MOST_CHARS)[: MOST_CHARS - 10]
    latex = re.sub(r"\\?[a-z]*\s*$", "x", latex)
    found: list[str | None] = []
    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=lambda: found.append(formula(latex + " x")))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert len(found) == 1
