"""The writing of a language model, with a mark where that was not found in the video."""

from __future__ import annotations

from collections.abc import Sequence

from videobatch.pipeline.quotations.claims import Proof
from videobatch.pipeline.sections.written import WrittenQuestion, WrittenStatement, WrittenTerm
from videobatch.pipeline.text.markdown import escape, stamp
from videobatch.pipeline.text.phrases import Phrases


def mark_of(entry: object, phrases: Phrases) -> str:
    """The words behind an entry that was not found in the video, as Markdown; "" for others."""
    if isinstance(entry, WrittenStatement | WrittenTerm | WrittenQuestion):
        return f" (*{phrases.not_found}*)" if entry.proof is Proof.MISSING else ""
    return ""


def explained(terms: Sequence[WrittenTerm], phrases: Phrases) -> list[str]:
    """Each term with its time and meaning, as Markdown."""
    return [
        f"**{escape(t.term)}** ({stamp(t.at_s)}): {escape(t.meaning)}{mark_of(t, phrases)}"
        for t in terms
    ]
