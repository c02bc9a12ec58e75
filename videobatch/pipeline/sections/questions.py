"""Questions for review: a language model's, or statements with a gap."""

from __future__ import annotations

import re

from videobatch.pipeline.sections.marks import mark_of
from videobatch.pipeline.sections.material import Findings
from videobatch.pipeline.sections.quotes import OVERVIEW_SHARE, Lines, Options
from videobatch.pipeline.text.markdown import escape, stamp
from videobatch.pipeline.text.summary import Term, is_marked, key_points, key_terms
from videobatch.pipeline.text.worth import GOOD, worth
from videobatch.records import Utterance


def _pattern(term: Term) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(word) for word in term.text.split())
    edge = r"\b" if term.text.isascii() else ""
    return re.compile(f"{edge}{spaced}{edge}", re.IGNORECASE)


def questions(findings: Findings, options: Options, quoted: Lines) -> str:
    """Questions and the answers below; without a model, statements with a key term left out."""
    if findings.written and findings.written.questions:
        return _asked(findings)
    asked: list[tuple[Utterance, str, str]] = []
    count = min(int(options["count"]), -(-len(findings.lines) // OVERVIEW_SHARE))
    punctuated = is_marked(findings.lines)
    good = [x for x in findings.lines if worth(x.text, punctuated=punctuated) >= GOOD]
    for term in key_terms(findings.lines, 3 * count):
        used = {line for line, _, _ in asked}
        pattern = _pattern(term)
        holding = [line for line in good if pattern.search(line.text)]
        for line in key_points(holding, 3):
            if line not in used and len(line.text) > 4 * len(term.text):
                gapped = pattern.sub("____", line.text)
                asked.append((line, gapped, term.text))
                break
        if len(asked) >= count:
            break
    asked.sort(key=lambda item: item[0].start_s)
    say = findings.phrases
    listed = [
        f"{number}. {say.question.format(at=stamp(line.start_s), text=escape(text))}"
        for number, (line, text, _) in enumerate(asked, 1)
    ]
    answers = [f"{number}. {escape(answer)}" for number, (_, _, answer) in enumerate(asked, 1)]
    if not asked:
        return ""
    return "\n".join([*listed, "", say.answers, "", *answers])


def _asked(findings: Findings) -> str:
    found = findings.written.questions if findings.written else ()
    ask = findings.phrases.asked
    listed = [
        f"{number}. {ask.format(at=stamp(each.at_s), text=escape(each.question))}"
        for number, each in enumerate(found, 1)
    ]
    answers = [
        f"{number}. {escape(each.answer)}{mark_of(each, findings.phrases)}"
        for number, each in enumerate(found, 1)
    ]
    return "\n".join([*listed, "", findings.phrases.answers, "", *answers])
