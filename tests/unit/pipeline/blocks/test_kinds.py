"""The kinds of blocks, and what each keeps of its text."""

from __future__ import annotations

import pytest

from videobatch.pipeline.blocks.kinds import MOST_LINES, Kind, kept, kind_of, unfenced


@pytest.mark.parametrize(
    ("found", "kind"),
    [("code", Kind.CODE), (" Formula ", Kind.FORMULA), ("essay", Kind.TEXT), (7, Kind.TEXT)],
)
def test_what_is_no_kind_is_text(found: object, kind: Kind) -> None:
    assert kind_of(found) is kind


@pytest.mark.parametrize(
    ("kind", "text", "left"),
    [
        (Kind.TEXT, " a\n  b ", "a b"),
        (Kind.FORMULA, "a\n+ b", "a + b"),
        (Kind.CODE, "\n  if x:\n\t  y\n", "if x:\n    y"),
        (Kind.CODE, 'x = "a  b"\u202e\n\n\ny', 'x = "a  b"\n\n\ny'),
        (Kind.CODE, "```python\nx = 1\n```", "x = 1"),
        (Kind.CODE, "~~~\nx\n~~~\n", "x"),
        (Kind.CODE, "```\nx", "```\nx"),
        (Kind.CODE, "  ````go title\na\n\n````  \n", "a"),
        (Kind.CODE, "```\nx```", "x"),
        (Kind.CODE, "```\n```", ""),
        (Kind.CODE, "```", "```"),
        (Kind.CODE, "\n \n", ""),
        (Kind.LIST, "- a\n- b", "- a\n- b"),
    ],
)
def test_code_keeps_its_lines_and_sentences_do_not(kind: Kind, text: str, left: str) -> None:
    assert kept(kind, text) == left


def test_code_without_end_is_cut() -> None:
    assert len(kept(Kind.CODE, "x\n" * 10_000).splitlines()) == MOST_LINES


@pytest.mark.parametrize(
    "text", ["`" * 200 + "\n" + " " * 19_000, "```\n" + " " * 19_000 + "x", "`\n" * 9_000]
)
def test_a_fence_without_end_is_left_as_it_stands(text: str) -> None:
    """An expression for the whole of it took minutes for the first."""
    assert unfenced(text) == (text, "")
