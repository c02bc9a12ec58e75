"""A model's answer as records: blocks beside statements, and answers of older forms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.pipeline.test_document import MATERIAL, TEMPLATES
from tests.unit.pipeline.test_writing import StubWriter, full, task
from videobatch.pipeline.blocks.kinds import Kind
from videobatch.pipeline.document import compose
from videobatch.pipeline.templates import check_params
from videobatch.pipeline.writing import write
from videobatch.pipeline.writing.answer import Moments, entries_of, read_written, statements_of
from videobatch.pipeline.writing.wanted import Part

MOMENTS = Moments([0.0, 10.0], 60.0)
OWN = Part("advice", "block", 2, "")
QUOTE = "Water number 2 fills the river"
BLOCKS: list[dict[str, Any]] = [
    {"at": 40, "quote": QUOTE, "kind": "text", "language": "", "text": "It rises by $v t$."},
    {"at": 40, "quote": QUOTE, "kind": "formula", "language": "", "text": r"h = v \cdot t"},
    {"at": 40, "quote": QUOTE, "kind": "code", "language": "py", "text": "    h = v\n    h += t"},
    {"at": 40, "quote": QUOTE, "kind": "table", "language": "", "text": "t | h\nnow | low"},
    {"at": 40, "quote": QUOTE, "kind": "list", "language": "", "text": "- one\n- another"},
    {"at": 40, "quote": "", "kind": "quotation", "language": "", "text": QUOTE},
]


def with_blocks(schema: Mapping[str, Any], user: str) -> Any:
    chapter = {"at": 0, "title": "The river", "points": BLOCKS}
    return {**full(schema, user), "chapters": [chapter]}


def test_blocks_stand_in_the_document_below_their_statement() -> None:
    chosen = TEMPLATES["summary_report"]
    pen = StubWriter(with_blocks)
    written = write(task(pen, template="summary_report", pictures=()))
    made = compose(chosen, check_params(chosen, {"chapter_points": "3"}), MATERIAL, written)
    assert "`kind` is text for a sentence" in pen.asked[0][0]
    shown = made.markdown[made.markdown.index("It rises") :]
    assert shown.startswith(
        "It rises by $v t$.\n\n"
        "  $$h = v \\cdot t$$\n\n"
        "  ```python\n  h = v\n  h += t\n  ```\n\n"
        "  | t | h |\n  | --- | --- |\n  | now | low |\n\n"
        "  - one\n  - another\n\n"
        f"  > {QUOTE}\n"
    )
    assert made.checked.statements == made.checked.found


def test_an_entry_without_a_kind_is_text() -> None:
    answer = {"advice": [{"at": 1, "text": " One\nline "}, {"at": 2, "kind": "poem", "text": "x"}]}
    first, second = statements_of(entries_of(answer, OWN), MOMENTS)
    assert (first.text, first.kind, second.kind) == ("One line", Kind.TEXT, Kind.TEXT)


def test_the_language_of_code_is_its_own_or_that_of_its_fence() -> None:
    texts = [("Python", "x"), ("", "```go\nx\n```"), ("rust", "```go\nx\n```"), (None, "x")]
    answer = {
        "advice": [{"at": 1, "kind": "code", "language": n, "text": text} for n, text in texts]
    }
    found = statements_of(entries_of(answer, Part("advice", "block", 9, "")), MOMENTS)
    assert [each.programming for each in found] == ["Python", "go", "rust", ""]
    assert {each.text for each in found} == {"x"}


@pytest.mark.parametrize("kind", list(Kind))
def test_an_empty_block_is_no_answer(kind: Kind) -> None:
    answer = {"advice": [{"at": 1, "kind": kind, "text": " \n "}]}
    with pytest.raises(ValueError, match="empty"):
        read_written(answer, [OWN], MOMENTS, "pen")


def test_blocks_are_not_counted_among_the_entries_that_are_wanted() -> None:
    answer = {"advice": [BLOCKS[0], BLOCKS[1], BLOCKS[0], *[BLOCKS[1]] * 9]}
    assert len(entries_of(answer, OWN)) == 6
    assert (
        len(entries_of({"advice": [{"at": 1, "text": "x"}] * 9}, Part("advice", "aim", 2, ""))) == 2
    )


def test_a_time_after_the_end_is_refused() -> None:
    assert MOMENTS.of(12.0) == 10.0
    with pytest.raises(ValueError, match="after the end"):
        MOMENTS.of(math.inf)
