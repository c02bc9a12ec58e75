"""Terms, and what they mean: a language model's, those that the talk itself defines, or those that
it was translated by."""

from __future__ import annotations

from videobatch.pipeline.blocks.inline import prose
from videobatch.pipeline.sections.marks import mark_of
from videobatch.pipeline.sections.material import Findings
from videobatch.pipeline.sections.quotes import Lines, Options
from videobatch.pipeline.text.definitions import definitions
from videobatch.pipeline.text.markdown import bullets, escape
from videobatch.pipeline.text.summary import Term
from videobatch.pipeline.text.summary import key_terms as terms_of
from videobatch.pipeline.text.vocabulary import first_shown


def key_terms(findings: Findings, options: Options, quoted: Lines) -> str:
    """Terms that return, how often, and where first."""
    if findings.written and findings.written.terms:
        return _explained(findings, options)
    say, found = (
        findings.phrases.listed,
        terms_of(findings.lines, int(options["count"]), own=findings.own_words),
    )
    return bullets([say.format(term=escape(t.text), text=_where(findings, t)) for t in found])


def _where(findings: Findings, term: Term) -> str:
    say = findings.phrases.once if term.count == 1 else findings.phrases.term
    return say.format(count=term.count, at=findings.at(term.first_s))


def glossary(findings: Findings, options: Options, quoted: Lines) -> str:
    """Terms that the talk itself defines, with the sentences that do."""
    if findings.written and findings.written.terms:
        return _explained(findings, options)
    return bullets(
        [
            _entry(findings, each.term, each.at_s, escape(each.text))
            for each in definitions(findings.lines, int(options["count"]), findings.own_words)
            if set(each.lines) <= set(quoted)
        ]
    )


def _explained(findings: Findings, options: Options) -> str:
    """The terms that a language model explains."""
    found = findings.written.terms if findings.written else ()
    return bullets(
        [
            f"{_entry(findings, t.term, t.at_s, prose(t.meaning))}{mark_of(t, findings.phrases)}"
            for t in found[: int(options["count"])]
        ]
    )


def vocabulary(findings: Findings, options: Options, quoted: Lines) -> str:
    """The glossary that what was said was translated by, each term where it is told first."""
    translation, say = findings.material.translation, findings.phrases
    if translation is None:
        return ""
    shown = first_shown(findings.lines, translation)
    entries: list[tuple[tuple[int, int], str]] = []
    for each in translation.terms:
        if each.term not in shown:
            continue
        form = say.vocabulary_explained if each.explanation else say.vocabulary
        text = form.format(
            term=escape(each.term),
            translation=escape(each.translation),
            at=findings.at(findings.lines[shown[each.term][0]].start_s),
            text=escape(each.explanation),
        )
        entries.append((shown[each.term], text))
    return bullets([text for _, text in sorted(entries)[: int(options["most"])]])


def _entry(findings: Findings, term: str, at_s: float, text: str) -> str:
    say = findings.phrases.explained
    return say.format(term=escape(term), at=findings.at(at_s), text=text)
