"""The mark of what a language model wrote and the video does not bear out."""

from __future__ import annotations

from videobatch.pipeline.quotations.claims import Proof
from videobatch.pipeline.sections.written import WrittenQuestion, WrittenStatement, WrittenTerm
from videobatch.pipeline.text.phrases import Phrases


def mark_of(entry: object, phrases: Phrases) -> str:
    """The words behind an entry that was not found in the video, as Markdown; "" for others."""
    if isinstance(entry, WrittenStatement | WrittenTerm | WrittenQuestion):
        return phrases.marked.format(text=phrases.not_found) if entry.proof is Proof.MISSING else ""
    return ""
