"""Statements and blocks in lists and paragraphs."""

from __future__ import annotations

from dataclasses import replace

from markdown_it import MarkdownIt

from tests.unit.pipeline.test_document import MATERIAL
from videobatch.pipeline.blocks.kinds import Kind
from videobatch.pipeline.quotations.claims import Proof
from videobatch.pipeline.sections.material import Findings
from videobatch.pipeline.sections.told import listed, most_of, told, told_apart
from videobatch.pipeline.sections.written import WrittenStatement
from videobatch.pipeline.text.phrases import PHRASES
from videobatch.records import Utterance

FINDINGS = Findings(MATERIAL, PHRASES["en"])
SAID = WrittenStatement(5.0, 5.0, "A set $S$ holds things.")
FORMULA = WrittenStatement(5.0, 5.0, r"S = \{a, b\}", kind=Kind.FORMULA)
CODE = WrittenStatement(9.0, 9.0, "s = {1}\n\ns", kind=Kind.CODE, programming="python")


def test_what_a_model_wrote_has_formulas_and_what_was_said_has_none() -> None:
    assert told(FINDINGS, SAID) == "**00:05** A set $S$ holds things."
    assert told(FINDINGS, Utterance(5.0, 6.0, "A set $S$")) == r"**00:05** A set \$S\$"
    missing = replace(SAID, proof=Proof.MISSING)
    assert told(FINDINGS, missing).endswith("things. (*not found in the video*)")


def test_a_block_stands_below_the_statement_of_its_second() -> None:
    assert listed(FINDINGS, [SAID, FORMULA, CODE]) == [
        "- **00:05** A set $S$ holds things.",
        "\n" + r"  $$S = \lbrace a, b\rbrace$$",
        "- **00:09**\n\n  ```python\n  s = {1}\n\n  s\n  ```",
    ]
    html = MarkdownIt("commonmark").render("\n".join(listed(FINDINGS, [SAID, FORMULA, CODE])))
    assert html.count("<ul>") == 1
    assert html.count("<li>") == 2
    assert "s = {1}\n\ns\n</code>" in html


def test_marks_give_a_block_a_line_of_its_own() -> None:
    broken = replace(FORMULA, text="{S", proof=Proof.MISSING)
    head = "**00:05** (*a formula that cannot be set*) (*not found in the video*)"
    assert listed(FINDINGS, [SAID, broken])[1] == f"- {head}\n\n  ```latex\n  {{S\n  ```"
    assert told_apart(FINDINGS, [SAID, broken, CODE]).split("\n\n")[1] == head


def test_blocks_in_paragraphs() -> None:
    assert told_apart(FINDINGS, [SAID, FORMULA]) == (
        "**00:05** A set $S$ holds things.\n\n" + r"$$S = \lbrace a, b\rbrace$$"
    )


def test_blocks_come_beside_the_statements_that_are_counted() -> None:
    assert most_of([SAID, FORMULA, CODE, SAID, FORMULA], 1) == [SAID, FORMULA, CODE]
    assert most_of([SAID, *[FORMULA] * 5], 1) == [SAID, FORMULA, FORMULA]
