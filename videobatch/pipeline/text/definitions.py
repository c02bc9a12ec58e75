"""Terms that a talk defines itself, with the sentences that do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from videobatch.pipeline.text.lexicon import lexicon
from videobatch.pipeline.text.sentences import stop_words, subject_words
from videobatch.pipeline.text.titles import verbs
from videobatch.pipeline.text.worth import CONNECTED, POINTING, is_asked, is_whole
from videobatch.records import Utterance

WORDS = r"[^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]+){0,2}"
# "A derivative is the rate of change."
IS = re.compile(
    rf"^(?:(?:an?|the) )?({WORDS}),? (?:is|are) (?:just |simply |basically |really |nothing but )?"
    r"(?:an?|the|any|one|what|anything)\b",
    re.IGNORECASE,
)
MEANS = re.compile(
    rf"^(?:(?:an?|the) )?({WORDS}) (?:means|refers to|stands for|is short for|is defined as)\b",
    re.IGNORECASE,
)
# "This is called a collision." "We call that the gradient."
CALLED = re.compile(
    r"(?:\b(?:is|are|was|be|it['’]s|that['’]s)(?: \w+ly)?"
    r" (?:called|known as)"
    r"|\bcall(?: (?:this|that|it|them|these|those|such \w+))?) (?:(?:an?|the) )?"
    rf"({WORDS})(?=[.,;:]|$)",
    re.IGNORECASE,
)
IN_CHINESE = re.compile(
    r"^(?:所谓)?(?:的)?([\u4e00-\u9fff]{2,8}?)(?:就)?(?:是指|指的是|是一种|的意思是)"
    r"|(?:叫做|叫作|称为|称作)([\u4e00-\u9fff]{2,8})[，。]"
)
# "A hash is like that."
HANGING = re.compile(r"\b(?:that|this|it|them|these|those)[.!]$", re.IGNORECASE)
NEAR_S, MOST_CHARS = 3.0, 300


@dataclass(frozen=True, slots=True)
class Definition:
    """A term, and one or two sentences that say what it is, from `at_s` on."""

    term: str
    text: str
    at_s: float


def definitions(lines: Sequence[Utterance], count: int) -> tuple[Definition, ...]:
    """At most `count` terms that the statements define, in order of time; the first definition of
    each. A sentence that says only "this is called" comes with the one before it."""
    found: dict[str, Definition] = {}
    for place, line in enumerate(lines):
        for definition in _of(lines, place, line):
            found.setdefault(definition.term.lower(), definition)
    return tuple(found.values())[: max(0, count)]


def _of(lines: Sequence[Utterance], place: int, line: Utterance) -> Iterator[Definition]:
    text = line.text
    if is_asked(text) or not is_whole(text) or len(text) > MOST_CHARS:
        return
    connected = CONNECTED.match(text)
    bare = text[connected.end() :] if connected else text
    match = IS.match(bare) or MEANS.match(bare)
    if match and _is_term(match[1]) and _returns(lines, match[1]) and not HANGING.search(text):
        yield Definition(match[1], text, line.start_s)
        return
    match = CALLED.search(text)
    term = match[1] if match else next(filter(None, _chinese(text)), None)
    if term is None or (match and not _is_term(term)):
        return
    if not POINTING.match(bare):
        if len(subject_words(text)) >= 2:
            yield Definition(term, text, line.start_s)
        return
    before = lines[place - 1] if place else None
    if before is None or line.start_s - before.end_s > NEAR_S or is_asked(before.text):
        return
    if is_whole(before.text) and len(before.text) + len(text) <= MOST_CHARS:
        yield Definition(term, f"{before.text} {text}", before.start_s)


def _chinese(text: str) -> tuple[str | None, ...]:
    match = IN_CHINESE.search(text)
    return match.groups() if match else ()


def _is_term(term: str) -> bool:
    words = term.lower().split()
    small = stop_words() | verbs()
    return words[-1] not in lexicon("general") and not any(word in small for word in words)


def _returns(lines: Sequence[Utterance], term: str) -> bool:
    pattern = re.compile(rf"\b{re.escape(term)}\b", re.IGNORECASE)
    return sum(pattern.search(line.text) is not None for line in lines) >= 2
