"""Questions for review: a language model's, or statements with a gap."""

from __future__ import annotations

import re
from collections.abc import Sequence

from videobatch.pipeline.blocks.inline import prose
from videobatch.pipeline.sections.marks import mark_of
from videobatch.pipeline.sections.material import Findings
from videobatch.pipeline.sections.quotes import OVERVIEW_SHARE, Lines, Options
from videobatch.pipeline.text.chinese import Own, gapped
from videobatch.pipeline.text.cutting import CJK
from videobatch.pipeline.text.lexicon import lexicon
from videobatch.pipeline.text.markdown import escape
from videobatch.pipeline.text.summary import Term, as_written, is_marked, key_points, key_terms
from videobatch.pipeline.text.titles import verbs
from videobatch.pipeline.text.worth import GOOD, worth
from videobatch.records import Utterance

Gapped = tuple[Utterance, str, str]


def asked_of(findings: Findings, options: Options, shown: Lines) -> Lines:
    """The statements that are asked about, in the order of their terms: such as stand alone, and
    as no section before has shown."""
    if findings.written and findings.written.questions:
        return ()
    chosen: list[Utterance] = []
    count = min(int(options["count"]), -(-len(findings.lines) // OVERVIEW_SHARE))
    punctuated = is_marked(findings.lines)
    good = [x for x in findings.lines if worth(x.text, punctuated=punctuated) >= GOOD]
    for term in _terms(findings, options):
        holding = [line for line in good if _gapped(line, term, findings.own_words)]
        found = [x for x in key_points(holding, 3, [*shown, *chosen]) if x not in chosen]
        chosen += found[:1]
        if len(chosen) >= count:
            break
    return chosen


def _terms(findings: Findings, options: Options) -> Sequence[Term]:
    found = key_terms(findings.lines, 3 * int(options["count"]), own=findings.own_words)
    # What somebody does or how a thing is can be guessed, and is no term.
    guessed = verbs() | lexicon("plain")
    return [term for term in found if term.text not in guessed]


def _gapped(line: Utterance, term: Term, own: Own) -> str | None:
    """The statement with gaps where its words are the term; None where it says too little
    without them."""
    if len(line.text) <= 4 * len(term.text):
        return None
    if CJK.search(term.text):
        return gapped(line.text, term.text, own)
    spaced = r"\s+".join(re.escape(word) for word in term.text.split())
    text, found = re.subn(rf"\b{spaced}\b", "____", line.text, flags=re.IGNORECASE)
    return text if found else None


def questions(findings: Findings, options: Options, quoted: Lines) -> str:
    """Questions and the answers below; without a model, statements with a key term left out."""
    if findings.written and findings.written.questions:
        return _asked(findings, int(options["count"]))
    asked, say = gaps_of(findings, options, quoted), findings.phrases
    listed = [
        f"{number}. {say.question.format(at=findings.at(line.start_s), text=escape(text))}"
        for number, (line, text, _) in enumerate(asked, 1)
    ]
    answers = [f"{number}. {escape(answer)}" for number, (_, _, answer) in enumerate(asked, 1)]
    if not asked:
        return ""
    return "\n".join([*listed, "", say.answers, "", *answers])


def gaps_of(findings: Findings, options: Options, quoted: Lines) -> list[Gapped]:
    """The statements that `asked_of` chose, each with its gap and what stood there, in order of
    time."""
    asked: list[Gapped] = []
    waiting = list(quoted)
    # Each statement was chosen for the first term that it holds, in this order.
    for term in _terms(findings, options):
        text = _gapped(waiting[0], term, findings.own_words) if waiting else None
        if text is not None:
            line = waiting.pop(0)
            asked.append((line, text, as_written(term.text, [line])))
    return sorted(asked, key=lambda item: item[0].start_s)


def _asked(findings: Findings, count: int) -> str:
    found = findings.written.questions[:count] if findings.written else ()
    ask = findings.phrases.asked
    listed = [
        f"{number}. {ask.format(at=findings.at(each.at_s), text=prose(each.question))}"
        for number, each in enumerate(found, 1)
    ]
    answers = [
        f"{number}. {prose(each.answer)}{mark_of(each, findings.phrases)}"
        for number, each in enumerate(found, 1)
    ]
    return "\n".join([*listed, "", findings.phrases.answers, "", *answers])
