"""A mind map of a video, in Mermaid's language: its title, its chapters, and their terms."""

from __future__ import annotations

import re
from collections.abc import Sequence

from videobatch.pipeline.sections.material import Findings
from videobatch.pipeline.sections.quotes import Lines, Options, end_of
from videobatch.pipeline.text.chapters import within
from videobatch.pipeline.text.cutting import CJK
from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.text.summary import as_written, key_terms, term_counts
from videobatch.records import Chapter

MOST_CHARS = 80
# What means something in Mermaid, even within quotation marks, or ends a fence of Markdown.
_ACTIVE = re.compile(r"[\"'`()\[\]{}<>#;|\\&%$*_~^=@]+|:{2,}")


def mind_map(findings: Findings, options: Options, quoted: Lines) -> str:
    """A fence of Mermaid (https://mermaid.js.org/syntax/mindmap.html), which Obsidian and GitHub
    draw; "" for a video without words or chapters, where it would show nothing."""
    is_told = bool(findings.lines or (findings.written and findings.written.chapters))
    if not is_told or len(findings.chapters) < 2:
        return ""
    lines = ["mindmap", f'  root(("{_node(findings.material.title)}"))']
    for chapter in findings.chapters:
        lines.append(f'    ["{_node(chapter.title)}"]')
        leaves = _leaves(findings, chapter, int(options["count"]))
        lines += [f'      ["{_node(leaf)}"]' for leaf in leaves]
    return "\n".join(["```mermaid", *lines, "```"])


def _leaves(findings: Findings, chapter: Chapter, most: int) -> Sequence[str]:
    """The terms of a chapter: those that a language model explains there, else those that return
    there more than elsewhere; none that its title says already."""
    end_s = end_of(findings, chapter)
    if findings.written and findings.written.terms:
        terms = [t.term for t in findings.written.terms if chapter.start_s <= t.at_s < end_s]
    else:
        everywhere = term_counts(findings.lines, findings.own_words)
        own = within(findings.lines, chapter.start_s, end_s)
        found = key_terms(own, most, background=everywhere, own=findings.own_words)
        # A word that is said once tells of nothing.
        told = [term for term in found if term.count > 1 or CJK.search(term.text)]
        terms = [as_written(term.text, own) for term in told]
    said = chapter.title.casefold()
    return [term for term in dict.fromkeys(terms) if term.casefold() not in said][:most]


def _node(text: str) -> str:
    shown = plain(text, MOST_CHARS).replace("'", "’")
    return " ".join(_ACTIVE.sub(" ", shown).split()) or "-"
