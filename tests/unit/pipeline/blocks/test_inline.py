"""Sentences with formulas: what is one, and what is money, or worse."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.pipeline.text.test_markdown import ALLOWED_TOKENS, HOSTILE, tokens
from videobatch.pipeline.blocks.inline import pieces, prose
from videobatch.pipeline.text.markdown import escape, plain


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("So $E = mc^2$ holds.", "So $E = mc^2$ holds."),
        (r"So \(a < b\) holds.", r"So $a \lt b$ holds."),
        ("$x$ is first", "$x$ is first"),
        ("Both ($a$, $b$).", "Both ($a$, $b$)."),
        ("It costs $5 and then $10.", r"It costs \$5 and then \$10."),
        ("US$5 or A$6", r"US\$5 or A\$6"),
        ("from $5-$10", r"from \$5-\$10"),
        ("an open $x only", r"an open \$x only"),
        ("a $ x $ b", r"a \$ x \$ b"),
        (r"$\frac{a}{b$ is broken", r"\$\\frac\{a\}\{b\$ is broken"),
        ("*bold* $a * b$", r"\*bold\* $a \ast b$"),
        ("1. then $x$", r"1\. then $x$"),
    ],
)
def test_formulas_are_set_and_all_else_is_text(text: str, written: str) -> None:
    assert prose(text) == written


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_no_formula_is_escaped(hostile: str) -> None:
    written = prose(hostile)
    if "$" not in hostile:
        assert written == escape(hostile)
    assert tokens(written)[0] <= ALLOWED_TOKENS | {"text", "text_special"}


@given(st.text(alphabet="ab1 \\{}[]()$^_&<>|*~=:/!.'`%#@w-\n", max_size=80))
@example("$[x](javascript:alert(1))$")
@example("$<img src=x onerror=alert(1)>$")
@example("$a$`b`$c$")
@example("$&lt;b&gt;$")
def test_no_sentence_acts_where_formulas_are_unknown(text: str) -> None:
    seen, _ = tokens(prose(text))
    set_ = {"em_open", "em_close", "strong_open", "strong_close"}
    assert seen <= ALLOWED_TOKENS | {"text", "text_special"} | set_
    assert "\n" not in prose(text)


@given(st.text(max_size=200))
def test_nothing_of_a_sentence_is_lost(text: str) -> None:
    line = plain(text)
    assert "".join(part for part, _ in pieces(line)) == line
