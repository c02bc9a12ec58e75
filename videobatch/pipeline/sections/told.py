"""Statements and blocks as Markdown: what was said, and what a language model wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from videobatch.pipeline.blocks.inline import prose
from videobatch.pipeline.blocks.kinds import BLOCKS_EACH
from videobatch.pipeline.blocks.shown import Shown, shown
from videobatch.pipeline.sections.marks import mark_of
from videobatch.pipeline.sections.material import Findings
from videobatch.pipeline.sections.written import WrittenStatement
from videobatch.pipeline.text.markdown import escape
from videobatch.records import Utterance


def said(findings: Findings, line: Utterance) -> str:
    """A statement as it was said, with its time."""
    return f"**{findings.at(line.start_s)}** {escape(line.text)}"


def told(findings: Findings, line: Utterance) -> str:
    """A statement that was said, or that a model wrote: the latter with its formulas, and a mark
    where it was not found."""
    if not isinstance(line, WrittenStatement):
        return said(findings, line)
    return f"{aimed(findings, line)}{mark_of(line, findings.phrases)}"


def aimed(findings: Findings, line: Utterance) -> str:
    """A line that a model wrote and that claims nothing of the video, with its formulas."""
    return f"**{findings.at(line.start_s)}** {prose(line.text)}"


def listed(findings: Findings, lines: Sequence[Utterance]) -> list[str]:
    """The statements as items of a list; a block is one of its own, or stands below the statement
    of its second."""
    return [_indented(f"- {head}" if head else "", body) for head, body in _parts(findings, lines)]


def told_apart(findings: Findings, lines: Sequence[Utterance]) -> str:
    """The statements and blocks as paragraphs."""
    parts = [[head, *(["\n".join(body)] if body else [])] for head, body in _parts(findings, lines)]
    return "\n\n".join(text for part in parts for text in part if text)


def most_of(lines: Sequence[Utterance], count: int) -> list[Utterance]:
    """The first `count` statements, with the blocks among them."""
    kept: list[Utterance] = []
    sentences = blocks = 0
    for line in lines:
        is_block = isinstance(line, WrittenStatement) and line.is_block
        blocks, sentences = blocks + is_block, sentences + (not is_block)
        if sentences > count:
            break
        if not is_block or blocks <= BLOCKS_EACH * count:
            kept.append(line)
    return kept


def _parts(findings: Findings, lines: Sequence[Utterance]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The head of each, with time and marks, and a block's lines. The head is "" for a block that
    belongs to what stands before it."""
    before: float | None = None
    for line in lines:
        if not (isinstance(line, WrittenStatement) and line.is_block):
            yield told(findings, line), ()
        else:
            block = shown(line.kind, line.text, line.programming)
            marks = _marks(findings, line, block)
            is_below = before == line.start_s and not marks
            head = "" if is_below else f"**{findings.at(line.start_s)}**{marks}"
            yield head, block.lines
        before = line.start_s


def _marks(findings: Findings, line: WrittenStatement, block: Shown) -> str:
    say = findings.phrases
    check = say.marked.format(text=getattr(say, block.check)) if block.check else ""
    return f"{check}{mark_of(line, findings.phrases)}"


def _indented(head: str, body: Sequence[str]) -> str:
    """A list's item with what stands in it; below the item before it, where it has no head."""
    inner = [f"  {line}" if line else "" for line in body]
    return "\n".join([head, "", *inner] if head and inner else [head, *inner])
