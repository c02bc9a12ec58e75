"""Formulas in LaTeX: which are set, how they are written, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.pipeline.blocks.formulas import bare, formula


@pytest.mark.parametrize(
    ("latex", "written"),
    [
        ("E = mc^2", "E = mc^2"),
        ("$E = mc^2$", "E = mc^2"),
        (r"\[ \frac{a}{b} \]", r"\frac{a}{b}"),
        ("$$\na\n+ b\n$$", "a + b"),
        ("a < b > c", r"a \lt b \gt c"),
        ("f * g", r"f \ast g"),
        ("|x| = \\|y\\|", r"\vert x\vert = \Vert y\Vert"),
        (r"\{ 1, 2 \}", r"\lbrace 1, 2 \rbrace"),
        (r"\left( \frac{1}{2} \right)", r"\left( \frac{1}{2} \right)"),
        (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",) * 2,
        (
            r"\begin{array}{c|c} a & b \end{array}",
            r"\begin{array}{cc} a & b \end{array}",
        ),
        (r"\begin{align*} a &= b \end{align*}", r"\begin{aligned} a &= b \end{aligned}"),
        (r"\begin{equation} a \end{equation}", "a"),
        (r"50\%", r"50\%"),
        (r"\text{wenn } x \neq 0", r"\text{wenn } x \neq 0"),
        (r"\text{其中 } α", r"\text{其中 } α"),
        ("x~y", "x y"),
        (r"a\ b", r"a\; b"),
        ("a[[1]](2)", "a[ [1] ] (2)"),
        ("f == g", "f = = g"),
    ],
)
def test_a_formula_is_written_without_what_markdown_acts_upon(latex: str, written: str) -> None:
    assert formula(latex) == written


@pytest.mark.parametrize(
    "latex",
    [
        "",
        "$$",
        r"\frac{a}{b",
        "a}",
        r"\left( a",
        r"a \right)",
        r"{\left( a} \right)",
        r"\begin{pmatrix} 1",
        r"\begin{pmatrix} 1 \end{bmatrix}",
        r"1 \end{pmatrix}",
        r"\begin{document} a \end{document}",
        r"\begin {a",
        "a & b",
        r"\href{javascript:alert(1)}{x}",
        r"\url{http://evil.example}",
        r"\htmlClass{a}{b}",
        r"\includegraphics{a}",
        r"\input{/etc/passwd}",
        r"\def\x{\x\x}\x",
        r"\newcommand{\x}{y}",
        r"\unknown{x}",
        "a $ b",
        "a`b`",
        "50%",
        "#1",
        "a@b",
        'a "b"',
        "x^^41",
        "a\\",
        "{" * 200 + "}" * 200,
        "x" * 1_001,
        r"\frac{a}",
        "x^2^3",
        "a_",
    ],
)
def test_what_cannot_be_set_is_none(latex: str) -> None:
    assert formula(latex) is None


@given(st.text(alphabet="ab1 \\{}[]()$^_&<>|*~=:/!.'`%#@w\n", max_size=60))
def test_a_formula_holds_no_sign_that_acts(latex: str) -> None:
    written = formula(latex)
    if written is None:
        return
    assert written
    assert written == written.strip()
    for acting in ("\n", "$", "`", "<", "*", "|", "~", "#", "@", "://", "](", "[[", "==", "www."):
        assert acting not in written.replace(r"\#", ""), acting
    assert (len(written) - len(written.rstrip("\\"))) % 2 == 0, "it would escape the dollar"
    assert formula(written) == written


def test_a_formula_is_bare_without_its_marks() -> None:
    assert bare(" $$ a $$ ") == "a"
    assert bare(r"\(a\)") == "a"
    assert bare("$") == "$"
