"""Flash cards: a term and its meaning, a question and its answer, a statement with a gap."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from videobatch.pipeline.blocks.inline import prose
from videobatch.pipeline.quotations.claims import Proof
from videobatch.pipeline.sections import quotes
from videobatch.pipeline.sections.material import Findings
from videobatch.pipeline.sections.questions import asked_of, gaps_of
from videobatch.pipeline.sections.quotes import Lines, Options
from videobatch.pipeline.text.definitions import Definition, definitions
from videobatch.pipeline.text.markdown import bullets, plain, stamp

MOST_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Card:
    """A card: its two sides as plain text, and the second of the video on which it rests."""

    front: str
    back: str
    at_s: float


def quoted_for(findings: Findings, options: Options, shown: Lines) -> Lines:
    """The statements that cards are made of without a language model."""
    defining = quotes.glossary(findings, options, shown)
    return [*defining, *asked_of(findings, options, [*shown, *defining])]


def cards_of(findings: Findings, options: Options, quoted: Lines) -> tuple[Card, ...]:
    """At most `count` cards, in order of time. What a language model wrote and the video does not
    bear out is on none: nobody should learn it by heart."""
    count = int(options["count"])
    found = [*_terms(findings, quoted, count), *_questions(findings, options, quoted)]
    return tuple(sorted(found[:count], key=lambda card: card.at_s))


def _terms(findings: Findings, quoted: Lines, count: int) -> Iterator[Card]:
    written = findings.written
    if written and written.terms:
        for term in written.terms:
            if term.proof is not Proof.MISSING:
                yield Card(term.term, term.meaning, term.at_s)
        return
    for each in _defined(findings, quoted, count):
        yield Card(each.term, each.text, each.at_s)


def _defined(findings: Findings, quoted: Lines, count: int) -> Sequence[Definition]:
    found = definitions(findings.lines, count, findings.own_words)
    return [each for each in found if set(each.lines) <= set(quoted)]


def _questions(findings: Findings, options: Options, quoted: Lines) -> Iterator[Card]:
    written = findings.written
    if written and written.questions:
        for question in written.questions:
            if question.proof is not Proof.MISSING:
                yield Card(question.question, question.answer, question.at_s)
        return
    defined = _defined(findings, quoted, int(options["count"]))
    defining = {line for each in defined for line in each.lines}
    asked = [line for line in quoted if line not in defining]
    for line, text, answer in gaps_of(findings, options, asked):
        yield Card(text, answer, line.start_s)


def listed(findings: Findings, found: Sequence[Card]) -> str:
    """The cards as a list: the front with its second, the back below."""
    return bullets([f"{_front(findings, card)}  \n  {prose(card.back)}" for card in found])


def _front(findings: Findings, card: Card) -> str:
    front = f"**{prose(card.front)}**"
    return findings.phrases.asked.format(text=front, at=findings.at(card.at_s))


def anki(found: Sequence[Card], deck: str, tag: str) -> str:
    """The cards as a text file that Anki imports by itself: UTF-8, comma-separated, front, back,
    and where it is said (https://docs.ankiweb.net/importing/text-files.html)."""
    out = io.StringIO(newline="")
    out.write("#separator:Comma\n#html:false\n#notetype:Basic\n")
    out.write(f"#deck:{plain(deck, 100).replace('::', ' ')}\n#tags:videobatch {tag}\n")
    rows = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for card in found:
        back = f"{plain(card.back, MOST_CHARS)} ({stamp(card.at_s)})"
        rows.writerow([plain(card.front, MOST_CHARS), back])
    return out.getvalue()
